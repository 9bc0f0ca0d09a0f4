"""Forms of the steps of a case: what a browser sends becomes a step, or says what is wrong."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.utils import timezone

from jdzfire.board.labels import Lang, category, cause
from jdzfire.board.wording import MU_PER_HA
from jdzfire.cases import steps
from jdzfire.cases.opening import CaseRules
from jdzfire.cases.steps import CaseStep, Findings
from jdzfire.schemas import CATEGORY_ZH, CAUSE_ZH

_LONGEST = 2000
_MOST_HA = 1_000_000.0
_MOST_PEOPLE = 100_000


class StepForm(forms.Form):
    """What every step carries."""

    version = forms.IntegerField(min_value=1, widget=forms.HiddenInput)
    """Version of the case the officer saw."""
    token = forms.RegexField(r"^[0-9a-f]{32}$", widget=forms.HiddenInput)
    """Made with the form; the same when it is sent again."""
    remark = forms.CharField(required=False, max_length=_LONGEST)

    def step(self, *, who: str, at: datetime, rules: CaseRules) -> CaseStep:
        """The step of a form that is valid."""
        raise NotImplementedError

    @property
    def said(self) -> str | None:
        """The remark, None when there is none."""
        return self.cleaned_data["remark"] or None


class DispatchForm(StepForm):
    """Send a team."""

    team_id = forms.CharField(max_length=80)

    def step(self, *, who: str, at: datetime, rules: CaseRules) -> CaseStep:
        """The step."""
        del rules
        return steps.dispatch(self.cleaned_data["team_id"], who=who, at=at, remark=self.said)


class ArriveForm(StepForm):
    """Somebody is there."""

    def step(self, *, who: str, at: datetime, rules: CaseRules) -> CaseStep:
        """The step."""
        del rules
        return steps.arrive(who=who, at=at, remark=self.said)


class AnswerForm(StepForm):
    """The answer of the field."""

    category = forms.ChoiceField()
    affected = forms.FloatField(required=False, min_value=0, max_value=_MOST_HA * MU_PER_HA)
    burned = forms.FloatField(required=False, min_value=0, max_value=_MOST_HA * MU_PER_HA)
    unit = forms.ChoiceField(choices=[("mu", "mu"), ("ha", "ha")], initial="mu")
    cause = forms.ChoiceField(required=False)
    people = forms.IntegerField(required=False, min_value=0, max_value=_MOST_PEOPLE)
    dead = forms.IntegerField(required=False, min_value=0, max_value=_MOST_PEOPLE)
    injured = forms.IntegerField(required=False, min_value=0, max_value=_MOST_PEOPLE)
    out_at = forms.DateTimeField(required=False, input_formats=["%Y-%m-%dT%H:%M"])

    def __init__(self, *args: Any, lang: Lang = "zh", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["category"].choices = [
            ("", ""),
            *((one, category(one, lang)) for one in CATEGORY_ZH),
        ]
        self.fields["cause"].choices = [("", ""), *((one, cause(one, lang)) for one in CAUSE_ZH)]

    def clean_out_at(self) -> datetime | None:
        """Not of the future."""
        found: datetime | None = self.cleaned_data["out_at"]
        if found is not None and found > timezone.now() + timedelta(minutes=5):
            raise forms.ValidationError("时间在将来 / in the future")
        return found

    def step(self, *, who: str, at: datetime, rules: CaseRules) -> CaseStep:
        """The step."""
        del rules
        given = self.cleaned_data
        per_ha = MU_PER_HA if given["unit"] == "mu" else 1.0
        areas = {
            name: None if given[field] is None else given[field] / per_ha
            for name, field in (("affected_forest_ha", "affected"), ("burned_ha", "burned"))
        }
        found = Findings(
            **areas,
            cause=given["cause"] or None,
            people=given["people"],
            dead=given["dead"],
            injured=given["injured"],
            out_at=given["out_at"],
        )
        return steps.answer(given["category"], who=who, at=at, found=found, remark=self.said)


class ReviewCountyForm(StepForm):
    """The county takes the answer."""

    def step(self, *, who: str, at: datetime, rules: CaseRules) -> CaseStep:
        """The step."""
        del rules
        return steps.review("county", who=who, at=at, remark=self.said)


class ReviewCityForm(StepForm):
    """The city takes the answer."""

    def step(self, *, who: str, at: datetime, rules: CaseRules) -> CaseStep:
        """The step."""
        del rules
        return steps.review("city", who=who, at=at, remark=self.said)


class _ReasonForm(StepForm):
    """A step that needs a reason."""

    remark = forms.CharField(max_length=_LONGEST)


class SendBackForm(_ReasonForm):
    """A reviewer does not take the answer."""

    def step(self, *, who: str, at: datetime, rules: CaseRules) -> CaseStep:
        """The step."""
        del rules
        return steps.send_back(self.cleaned_data["remark"], who=who, at=at)


class CancelForm(_ReasonForm):
    """It should never have been a case."""

    def step(self, *, who: str, at: datetime, rules: CaseRules) -> CaseStep:
        """The step."""
        del rules
        return steps.cancel(self.cleaned_data["remark"], who=who, at=at)


class AcknowledgeForm(StepForm):
    """Somebody knows of the case."""

    def step(self, *, who: str, at: datetime, rules: CaseRules) -> CaseStep:
        """The step."""
        del rules
        return steps.acknowledge(who=who, at=at, remark=self.said)


class NoteForm(_ReasonForm):
    """A remark for the log."""

    def step(self, *, who: str, at: datetime, rules: CaseRules) -> CaseStep:
        """The step."""
        del rules
        return steps.note(self.cleaned_data["remark"], who=who, at=at)


class HandOverForm(StepForm):
    """Another county or office has it."""

    to = forms.CharField(max_length=80)

    def step(self, *, who: str, at: datetime, rules: CaseRules) -> CaseStep:
        """The step."""
        del rules
        return steps.hand_over(self.cleaned_data["to"], who=who, at=at, remark=self.said)


class CloseForm(StepForm):
    """Close a case that was reviewed."""

    def step(self, *, who: str, at: datetime, rules: CaseRules) -> CaseStep:
        """The step."""
        return steps.close(who=who, at=at, remark=self.said, needs=rules.review)


class ReopenForm(StepForm):
    """Open an ended case again, with new deadlines."""

    def step(self, *, who: str, at: datetime, rules: CaseRules) -> CaseStep:
        """The step."""
        return steps.reopen(
            who=who,
            at=at,
            remark=self.said,
            answer_due_at=at + timedelta(minutes=rules.answer_min),
            result_due_at=at + timedelta(minutes=rules.result_min),
        )


FORMS: dict[str, type[StepForm]] = {
    "acknowledge": AcknowledgeForm,
    "dispatch": DispatchForm,
    "arrive": ArriveForm,
    "answer": AnswerForm,
    "review_county": ReviewCountyForm,
    "review_city": ReviewCityForm,
    "send_back": SendBackForm,
    "hand_over": HandOverForm,
    "close": CloseForm,
    "cancel": CancelForm,
    "reopen": ReopenForm,
    "note": NoteForm,
}
"""Form of each step that people take on a page."""


def make_form(action: str, data: Any, lang: Lang) -> StepForm:
    """The form of a step with what a browser sent."""
    form = FORMS[action]
    return form(data, lang=lang) if form is AnswerForm else form(data)
