"""A message to many people: choose a template, see who gets which words and who does not, send, cancel."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from hashlib import sha256

from flask import (
    Blueprint,
    Response,
    abort,
    flash,
    make_response,
    redirect,
    render_template,
    request,
    url_for,
)
from werkzeug.wrappers import Response as AnyResponse

from resident_app.casework.cases.bulk_messages import (
    BulkMessage,
    BulkMessagePreview,
    BulkMessages,
    LanguageWords,
    WordsFor,
    find_bulk_message,
    waiting_bulk_messages,
)
from resident_app.casework.messages.offered_templates import OfferedTemplate
from resident_app.casework.messages.template_checks import text_segments
from resident_app.casework.messages.template_variables import TemplateValues, TemplateVariable, fill
from resident_app.console.cases.actor import current_actor, describe_refusal
from resident_app.console.cases.bulk import chosen_requests, parse_numbers
from resident_app.console.cases.ready_message import template_values, templates_for, value_mistakes
from resident_app.console.context import current_context
from resident_app.contact_points import Channel
from resident_app.database import reading
from resident_app.languages import SOURCE
from resident_app.web.accounts.current_staff import current_staff
from resident_app.web.accounts.directory import staff_directory
from resident_app.web.accounts.permissions import AccessLevel

CHANGED_SINCE = "The words or the people changed since you looked. Look at them again."
NO_TEMPLATE = "Choose the message."

blueprint = Blueprint("bulk_message", __name__)


@dataclass(frozen=True, repr=False)
class LanguagePart:
    """What the people of one language get: how many by channel, the words, and how many texts that is."""

    language: str
    by_text: int
    by_email: int
    words: LanguageWords
    segments: int

    @property
    def people(self) -> int:
        return self.by_text + self.by_email

    @property
    def texts(self) -> int:
        return self.by_text * self.segments


@blueprint.app_template_global()
def bulk_messages_waiting() -> list[BulkMessage]:
    """Return the bulk messages that have not all gone out: a person's own, or all for a lead."""
    staff = current_staff()
    with reading(current_context().engine) as connection:
        found = waiting_bulk_messages(connection)
    return [each for each in found if each.actor_id == staff.id or staff.may(AccessLevel.LEAD)]


@blueprint.post("/requests/bulk-message")
def preview() -> Response:
    """Show who would get the chosen template, in which words, and who would not. Nothing is sent."""
    typed = request.form
    numbers = parse_numbers(typed["numbers"]) if "numbers" in typed else chosen_requests(current_context())
    most = current_context().configuration.casework.bulk_message.most
    if not numbers or len(numbers) > most:
        heading = f"Choose between one and {most:,} requests." if numbers else "Choose at least one request."
        return make_response(
            render_template("error.html", heading=heading, advice="Go back and try again."), 422
        )
    return _page(numbers)


@blueprint.post("/requests/bulk-message/send")
def send() -> AnyResponse:
    """Send what was previewed. If the words or the people are not the same any more, show them again."""
    context, typed = current_context(), request.form
    numbers, recipients = parse_numbers(typed.get("numbers", "")), parse_numbers(typed.get("recipients", ""))
    template, values = _chosen_template(), _values()
    if not recipients or len(numbers) > context.configuration.casework.bulk_message.most:
        abort(422)
    if template is None or value_mistakes(template.variables, values, context):
        return _page(numbers)
    words_for = _words_for(template.key, values)
    found = _service().preview(recipients, words_for)
    if _seen(found, words_for) != typed.get("seen", ""):
        return _page(numbers, {"seen": CHANGED_SINCE})
    rules = context.configuration.casework.bulk_message
    number = _service().send(
        found.recipients,
        words_for,
        current_actor(typed.get("form_token")),
        describe_refusal,
        timedelta(minutes=rules.wait_minutes),
    )
    return redirect(url_for("bulk_message.show", number=number, query=typed.get("query", "")), 303)


@blueprint.get("/requests/bulk-message/<int:number>")
def show(number: int) -> str:
    """Show how far a bulk message has come, with a button that cancels it."""
    context = current_context()
    return render_template(
        "bulk_message_sent.html",
        message=_own_message(number),
        query=request.args.get("query", ""),
        people=staff_directory(context.engine),
    )


@blueprint.post("/requests/bulk-message/<int:number>/cancel")
def cancel(number: int) -> AnyResponse:
    """Cancel what has not gone out."""
    _own_message(number)
    cancelled = _service().cancel(number, current_actor(request.form.get("form_token")))
    flash(f"Cancelled: {cancelled:,}.", "done")
    return redirect(url_for("bulk_message.show", number=number), 303)


def _own_message(number: int) -> BulkMessage:
    """Return a bulk message that this person may see: their own, or any for a lead."""
    staff = current_staff()
    with reading(current_context().engine) as connection:
        found = find_bulk_message(connection, number)
    if found is None or (found.actor_id != staff.id and not staff.may(AccessLevel.LEAD)):
        abort(404)
    return found


def _service() -> BulkMessages:
    context = current_context()
    only_reviewed = context.configuration.casework.bulk_message.only_reviewed
    return BulkMessages(context.engine, context.keys, context.casework, only_reviewed=only_reviewed)


def _page(numbers: list[int], mistakes: dict[str, str] | None = None) -> Response:
    context, template, values = current_context(), _chosen_template(), _values()
    told = dict(mistakes or {})
    missing = value_mistakes(template.variables, values, context) if template else ()
    if template is None and request.form.get("choose"):
        told["template"] = NO_TEMPLATE
    # A field that the page did not have yet is no mistake.
    told |= {name: why for name, why in missing if name in request.form}
    found, parts, seen = None, [], ""
    if template is not None and not missing:
        words_for = _words_for(template.key, values)
        found = _service().preview(numbers, words_for)
        parts, seen = list(_each_language(found, words_for)), _seen(found, words_for)
    text = render_template(
        "bulk_message.html",
        numbers=numbers,
        template=template,
        templates=templates_for(SOURCE, context).templates,
        asks_for_day=template is not None and TemplateVariable.DAY in template.variables,
        asks_for_time=template is not None and TemplateVariable.TIME in template.variables,
        form=request.form,
        mistakes=told,
        found=found,
        parts=parts,
        seen=seen,
        minutes=context.configuration.casework.bulk_message.wait_minutes,
    )
    return make_response(text, 422 if told else 200)


def _chosen_template() -> OfferedTemplate | None:
    return templates_for(SOURCE, current_context()).find(request.form.get("template", ""))


def _values() -> TemplateValues:
    typed = request.form
    return template_values(
        current_context(), current_staff().name, typed.get("day", ""), typed.get("time", "")
    )


def _words_for(key: str, values: TemplateValues) -> WordsFor:
    """Return the function that gives a template's words for a language, each looked up once."""
    context = current_context()

    @cache
    def words_for(code: str) -> LanguageWords | None:
        template = templates_for(code, context).find(key)
        if template is None:
            return None
        return LanguageWords(
            fill(template.words, context.languages[code], values),
            fill(template.says, context.languages[SOURCE], values),
            template.name,
            template.channel,
            template.is_reviewed,
        )

    return words_for


def _each_language(found: BulkMessagePreview, words_for: WordsFor) -> Iterable[LanguagePart]:
    languages = current_context().languages
    for code, by_channel in found.by_language().items():
        words = words_for(code)
        if words is not None:
            segments = text_segments(words.words, languages[code]).number
            by_text, by_email = (by_channel.get(channel, 0) for channel in (Channel.TEXT, Channel.EMAIL))
            yield LanguagePart(code, by_text, by_email, words, segments)


def _seen(found: BulkMessagePreview, words_for: WordsFor) -> str:
    """Return a digest of who gets which words: what the person has seen when they confirm."""
    texts = {code: words_for(code) for code in found.by_language()}
    lines = [f"{code}|{words.words}" for code, words in sorted(texts.items()) if words]
    lines += [f"{each.number}|{each.language}|{each.channel.value}" for each in found.recipients]
    return sha256("\n".join(lines).encode()).hexdigest()
