"""Prefect flows: thin paragraphs over ``jdzfire.pipeline``. The only place prefect is spelled."""
