"""Siting: how much forest the teams reach in time, and where more of them gain most."""
