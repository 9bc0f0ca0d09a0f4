"""Prefect flows: thin paragraphs over ``jdzfire.stages``. The only place prefect is spelled."""
