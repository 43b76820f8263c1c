"""Texts and emails that keep people company while they wait for NHS psychotherapy."""
