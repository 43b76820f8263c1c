"""Message templates: what there is, their words in every language, and how a version comes into use."""

from collections import defaultdict

from flask import Blueprint, flash, redirect, render_template, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as Redirect

from outreach.actions.approve_template import approve_template
from outreach.actions.ask_approval import ask_approval
from outreach.actions.preview_template import preview
from outreach.actions.revise_template import roll_back_template
from outreach.actions.try_out_template import try_out_template
from outreach.errors import NotFoundError, OutreachError
from outreach.models import TemplateVersion
from outreach.models.template import approvals_of, version_numbered, versions_of
from outreach.reports.wording import Standing, standings, use_in_pathway, waiting_for_approval
from outreach.rules.rendering import text_direction
from outreach.rules.tongues import language_name
from outreach.rules.word_diff import word_diff
from outreach.rules.wording import Draft
from outreach.vocabulary import Channel
from outreach.web.forms import Form
from outreach.web.here import in_session, me, now, services
from outreach.web.permissions import may_open

pages = Blueprint("templates", __name__, url_prefix="/templates")

Answer = str | Redirect | tuple[str, int]
ONE = "/<path:key>/<any(sms, email):channel>/<language>"


@pages.get("/")
def templates() -> str:
    """Every template by its place on the pathway, and what waits for a second person."""
    house = services()
    with house.read() as session:
        known = standings(session, needs_approval=house.is_live)
        waiting = waiting_for_approval(session)
    groups: dict[str, dict[str, list[Standing]]] = defaultdict(lambda: defaultdict(list))
    for (key, _, _), standing in sorted(known.items(), key=lambda pair: str(pair[0])):
        groups[key.partition("/")[0]][key].append(standing)
    return render_template(
        "staff/templates.html", groups=groups, waiting=waiting, language_name=language_name
    )


@pages.get("/<path:key>/<any(sms, email):channel>")
def languages(key: str, channel: str) -> str:
    """One template in every language, side by side."""
    house, way = services(), Channel(channel)
    with house.read() as session:
        known = standings(session, house.is_live, key)
        use = use_in_pathway(session, key)
        found = {language: each for (_, language, its), each in known.items() if its is way}
        shown = {
            language: preview(session, house, Draft(key, language, way, each.newest.source), now())
            for language, each in found.items()
        }
    if not found:
        raise NotFoundError("There is no such template.")
    ordered = sorted(found.items(), key=lambda pair: (pair[0] != "en", language_name(pair[0])))
    return render_template(
        "staff/template_languages.html",
        key=key,
        channel=way,
        found=ordered,
        previews=shown,
        use=use,
        may_edit=may_open("template_editor.edit", me().role),
        language_name=language_name,
        direction=text_direction,
    )


@pages.get(f"{ONE}/history")
def history(key: str, channel: str, language: str) -> str:
    """Every version: who wrote it, who approved it, and what it changed."""
    with services().read() as session:
        versions = versions_of(session, key, language, Channel(channel))
        if not versions:
            raise NotFoundError("There is no such template.")
        approvals = approvals_of(session, versions)
    older = [*versions[1:], None]
    entries = [
        {
            "version": version,
            "approval": approvals.get(version.id),
            "pieces": word_diff(before.source, version.source) if before else [],
        }
        for version, before in zip(versions, older, strict=True)
    ]
    return render_template(
        "staff/template_history.html",
        key=key,
        channel=Channel(channel),
        language=language,
        entries=entries,
        may_edit=may_open("templates.roll_back", me().role),
        newest=versions[0].version,
        language_name=language_name,
        direction=text_direction(language),
    )


@pages.get(f"{ONE}/approve")
def ask_approve(key: str, channel: str, language: str) -> str:
    """What a second person reads before they approve."""
    return _approve_page(None, key, channel, language)


@pages.post(f"{ONE}/approve")
def approve(key: str, channel: str, language: str) -> Answer:
    """A second person's word: from now on these words reach people."""
    form = Form(request.form)
    with services().begin() as session:
        version = _version(session, key, channel, language, form.value("version"))
        speaker = form.text("native_speaker", most=120)
        try:
            approve_template(session, services(), version, in_session(session), now(), native_speaker=speaker)
        except OutreachError as fault:
            form.refuse("", str(fault))
    if not form.is_good:
        return _approve_page(form, key, channel, language), 422
    flash(f"Approved. Version {version.version} is used from the next message on.")
    return redirect(url_for("templates.languages", key=key, channel=channel))


def _approve_page(form: Form | None, key: str, channel: str, language: str) -> str:
    with services().read() as session:
        versions = versions_of(session, key, language, Channel(channel))
        if not versions:
            raise NotFoundError("There is no such template.")
        approvals = approvals_of(session, versions)
        before = next((each for each in versions[1:] if each.id in approvals), None)
        use = use_in_pathway(session, key)
    newest = versions[0]
    return render_template(
        "staff/template_approve.html",
        form=form,
        version=newest,
        before=before,
        approval=approvals.get(newest.id),
        pieces=word_diff(before.source, newest.source) if before else word_diff(newest.source, newest.source),
        use=use,
        may_approve=may_open("templates.approve", me().role),
        may_edit=may_open("template_editor.edit", me().role),
        language_name=language_name,
        direction=text_direction(language),
    )


@pages.post(f"{ONE}/ask")
def ask(key: str, channel: str, language: str) -> Redirect:
    """Put a draft before a second person."""
    with services().begin() as session:
        version = _version(session, key, channel, language, request.form.get("version", ""))
        ask_approval(session, version, now(), who=me().name)
    flash("Thank you. An admin, a peer lead or a clinician is asked to approve it.")
    return redirect(url_for("templates.languages", key=key, channel=channel))


@pages.post(f"{ONE}/roll-back")
def roll_back(key: str, channel: str, language: str) -> Redirect:
    """Bring the words of an earlier version back, as a new version to be approved."""
    with services().begin() as session:
        version = _version(session, key, channel, language, request.form.get("version", ""))
        base = versions_of(session, key, language, Channel(channel))[0].version
        again = roll_back_template(session, services(), version, now(), base=base, author=me().name)
    flash(
        f"Version {again.version} has the words of version {version.version}. It needs approval like any other."
    )
    return redirect(url_for("templates.history", key=key, channel=channel, language=language))


@pages.post(f"{ONE}/try-out")
def try_out(key: str, channel: str, language: str) -> Redirect:
    """Send the newest version to whoever is signed in, with a made-up person's details."""
    with services().begin() as session:
        version = _version(session, key, channel, language, "")
        try_out_template(session, services(), version, in_session(session), now())
    flash("A test is on its way to you.")
    return redirect(url_for("template_editor.edit", key=key, channel=channel, language=language))


def _version(session: Session, key: str, channel: str, language: str, number: str) -> TemplateVersion:
    wanted = int(number) if number.isascii() and number.isdecimal() and len(number) < 9 else None
    return version_numbered(session, key, language, Channel(channel), wanted)
