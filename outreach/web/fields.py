"""The bridge from a form of ours to the NHS components: each field with its label, its value and its fault."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

from markupsafe import Markup

from outreach.web.forms import Form

Component = Callable[[Mapping[str, Any]], Markup]
Options = Sequence[tuple[str, str] | tuple[str, str, str]]
"""Values with what people read, and perhaps a hint."""


def for_pages(components: Mapping[str, Component]) -> dict[str, Callable[..., Markup]]:
    """The fields under the names that pages use; each takes the form (or None), a name and a label."""
    return {
        "text_field": partial(_typed, components["input"]),
        "password_field": partial(_secret, components["password_input"]),
        "words_field": partial(_typed, components["textarea"]),
        "day_field": partial(_typed, components["input"], type="date", width="10"),
        "file_field": partial(_plain, components["file_upload"]),
        "select_field": partial(_select, components["select"]),
        "radios_field": partial(_chosen, components["radios"]),
        "checkboxes_field": partial(_chosen, components["checkboxes"]),
        "error_summary": partial(error_summary, components["error_summary_box"]),
    }


def _parts(form: Form | None, name: str, label: str, hint: str, *, big: bool) -> dict[str, Any]:
    parts: dict[str, Any] = {
        "id": name,
        "name": name,
        "label": {"text": label, "size": "l", "isPageHeading": True} if big else {"text": label, "size": "s"},
    }
    if hint:
        parts["hint"] = {"text": hint}
    if form is not None and name in form.faults:
        parts["errorMessage"] = {"text": form.faults[name]}
    return parts


def _plain(
    component: Component,
    form: Form | None,
    name: str,
    label: str,
    hint: str = "",
    *,
    big: bool = False,
    **more: Any,
) -> Markup:
    return component({**_parts(form, name, label, hint, big=big), **more})


def _typed(
    component: Component,
    form: Form | None,
    name: str,
    label: str,
    hint: str = "",
    *,
    big: bool = False,
    **more: Any,
) -> Markup:
    """A field that shows again what was typed; `value` is what it shows first."""
    value = more.pop("value", "")
    shown = form.value(name) if form is not None else value
    return component({**_parts(form, name, label, hint, big=big), "value": shown or value, **more})


def _secret(
    component: Component, form: Form | None, name: str, label: str, hint: str = "", **more: Any
) -> Markup:
    """A password: never shown again."""
    return component({**_parts(form, name, label, hint, big=False), **more})


def _select(
    component: Component,
    form: Form | None,
    name: str,
    label: str,
    options: Options,
    *,
    hint: str = "",
    **more: Any,
) -> Markup:
    chosen = (form.value(name) if form is not None else "") or more.pop("value", "")
    items = [{"value": each[0], "text": each[1], "selected": each[0] == chosen} for each in options]
    return component({**_parts(form, name, label, hint, big=False), "items": items, **more})


def _chosen(
    component: Component,
    form: Form | None,
    name: str,
    legend: str,
    options: Options,
    *,
    hint: str = "",
    big: bool = False,
    **more: Any,
) -> Markup:
    """Radios or checkboxes under a legend; `value` is one chosen value or a list of them."""
    first = more.pop("value", [])
    chosen = (form.values(name) if form is not None else []) or ([first] if isinstance(first, str) else first)
    items = [
        {
            "value": each[0],
            "text": each[1],
            "checked": each[0] in chosen,
            **({"hint": {"text": each[2]}} if len(each) > 2 else {}),
        }
        for each in options
    ]
    parts = _parts(form, name, legend, hint, big=big)
    parts["fieldset"] = {"legend": parts.pop("label")}
    parts["idPrefix"] = parts.pop("id")
    return component({**parts, "items": items, **more})


def error_summary(component: Component, form: Form | None) -> Markup:
    """Everything that is wrong, on top of the page, each fault leading to its field; nothing where all is well."""
    if form is None or form.is_good:
        return Markup("")
    errors = [{"text": what, **({"href": f"#{name}"} if name else {})} for name, what in form.faults.items()]
    return component({"heading": "There is a problem", "errorList": errors})
