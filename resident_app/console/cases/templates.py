"""The office's message templates: the list, with the built-in ones, and writing a new one."""

from collections.abc import Mapping
from dataclasses import dataclass, field

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

from resident_app.casework.messages import office_templates
from resident_app.casework.messages.composing import DraftProblem
from resident_app.casework.messages.offered_templates import built_in_title, built_in_words
from resident_app.casework.messages.office_templates import LONGEST_PURPOSE, LONGEST_TITLE
from resident_app.casework.messages.template_checks import (
    MOST_SEGMENTS,
    TemplateProblem,
    TextProblem,
    words_problems,
)
from resident_app.casework.messages.template_variables import TemplateVariable, normalized
from resident_app.casework.messages.templates import MessageTemplate
from resident_app.characters import readable
from resident_app.console.context import current_context
from resident_app.contact_points import Channel
from resident_app.database import reading, writing
from resident_app.languages import SOURCE
from resident_app.web.accounts.current_staff import current_staff
from resident_app.web.accounts.permissions import AccessLevel

CHANNELS = {"": "Text message or email", Channel.TEXT.value: "Text message", Channel.EMAIL.value: "Email"}
NO_TITLE = f"Give the template a title of up to {LONGEST_TITLE} letters."
LONG_PURPOSE = f"Say in up to {LONGEST_PURPOSE} letters when to use it."

blueprint = Blueprint("templates", __name__)


@dataclass(frozen=True)
class TemplateForm:
    """What is typed about a template: its title, purpose, channel and English words."""

    title: str = ""
    purpose: str = ""
    channel: str = ""
    words: str = ""
    mistakes: Mapping[str, str] = field(default_factory=dict)


@blueprint.get("/templates")
def show() -> str:
    """List every template, with the languages it has and those that nobody reviewed."""
    context = current_context()
    with reading(context.engine) as connection:
        own = office_templates.every_template(connection)
        refused = office_templates.count_refused(connection)
    return render_template(
        "templates.html",
        own=[each for each in own if not each.is_retired],
        retired=[each for each in own if each.is_retired],
        refused=refused,
        built_in=[(each.name, built_in_title(each)) for each in MessageTemplate],
        not_reviewed=[code for code in context.languages if not is_built_in_reviewed(code)],
        channels=CHANNELS,
        may_write=current_staff().may(AccessLevel.LEAD),
    )


@blueprint.get("/templates/new")
def new() -> Response:
    """Show the form for a new template. `copy` names a built-in one to begin from."""
    copied = request.args.get("copy", "")
    english = current_context().languages[SOURCE]
    words = built_in_words(MessageTemplate[copied], english) if copied in MessageTemplate.__members__ else ""
    return form_page(TemplateForm(words=words), copied if words else "")


@blueprint.post("/templates/new")
def add() -> AnyResponse:
    """Add a template. With `copy`, the built-in translations come along, for a second person to review."""
    context, staff = current_context(), current_staff()
    form = read_form(request.form)
    copied = request.form.get("copy", "")
    if form.mistakes:
        return form_page(form, copied)
    now = context.clock()
    with writing(context.engine) as connection:
        number = office_templates.add_template(
            connection, form.title, form.purpose, form.channel, form.words, staff.id, now
        )
        if copied in MessageTemplate.__members__:
            source = MessageTemplate[copied]
            unchanged = form.words == built_in_words(source, context.languages[SOURCE])
            for code, language in context.languages.items() if unchanged else ():
                if code == SOURCE:
                    continue
                says = normalized(_in_english(source, code))
                words = built_in_words(source, language)
                office_templates.write_text(connection, number, code, words, says, staff.id, now, of_number=1)
    flash("Saved. Nobody else has reviewed it yet.", "done")
    return redirect(url_for("edit_template.show", number=number), 303)


@blueprint.get("/templates/built-in/<name>")
def built_in(name: str) -> str:
    """Show a built-in template in every language, with its English read-back."""
    if name not in MessageTemplate.__members__:
        abort(404)
    context, template = current_context(), MessageTemplate[name]
    texts = [
        (code, built_in_words(template, language), _in_english(template, code))
        for code, language in context.languages.items()
    ]
    return render_template(
        "built_in_template.html",
        name=name,
        title=built_in_title(template),
        texts=texts,
        is_reviewed=is_built_in_reviewed,
        may_write=current_staff().may(AccessLevel.LEAD),
    )


def is_built_in_reviewed(code: str) -> bool:
    """Return whether a person has reviewed the built-in templates in a language."""
    return code == SOURCE or code in current_context().reviewed_languages


def form_page(form: TemplateForm, copied: str = "") -> Response:
    """Return the page with the form for a new template."""
    text = render_template(
        "new_template.html",
        form=form,
        copied=copied,
        channels=CHANNELS,
        variables=list(TemplateVariable),
        longest_title=LONGEST_TITLE,
        longest_purpose=LONGEST_PURPOSE,
    )
    return make_response(text, 422 if form.mistakes else 200)


def read_form(typed: Mapping[str, str]) -> TemplateForm:
    """Return the form with its mistakes by field."""
    title, purpose = (" ".join(readable(typed.get(name, "")).split()) for name in ("title", "purpose"))
    words, channel = read_words(typed, "english"), typed.get("channel", "")
    channel = channel if channel in CHANNELS else ""
    context, mistakes = current_context(), {}
    if not title or len(title) > LONGEST_TITLE:
        mistakes["title"] = NO_TITLE
    if len(purpose) > LONGEST_PURPOSE:
        mistakes["purpose"] = LONG_PURPOSE
    english = context.languages[SOURCE]
    if problems := words_problems(words, english, channel, context.languages, context.configuration.office):
        mistakes["english"] = describe_problems(problems)
    return TemplateForm(title, purpose, channel, words, mistakes)


def read_words(typed: Mapping[str, str], name: str) -> str:
    """Return the words of a field, with plain line ends and braces."""
    return normalized(readable(typed.get(name, "")).replace("\r\n", "\n").strip())


def describe_problems(problems: list[TemplateProblem]) -> str:
    """Return what to tell the writer of a template."""
    return " ".join(dict.fromkeys(_describe(problem) for problem in problems))


_WORDS: dict[TextProblem | DraftProblem, str] = {
    TextProblem.UNKNOWN_VARIABLE: "There is no variable {about}. There are: {variables}.",
    TextProblem.MISSING_VARIABLE: "{about} is missing: the same variables must be in both.",
    TextProblem.EXTRA_VARIABLE: "{about} is only here: the same variables must be in both.",
    TextProblem.TOO_MANY_SEGMENTS: (
        "As a text this would be {number} messages. Use at most {most}, or make it a template for email."
    ),
    TextProblem.NOT_READ_BACK: "Write in English what the translation says.",
    DraftProblem.EMPTY: "Write the words.",
    DraftProblem.TOO_LONG: "This is too long.",
    DraftProblem.PLACEHOLDER_LEFT: (
        "Something still waits to be filled in. What is filled in is written in braces: {variables}."
    ),
    DraftProblem.WRONG_SCRIPT: "This is not in the script of this language.",
    DraftProblem.WRONG_LANGUAGE: "This is not in this language.",
    DraftProblem.REVEALING: (
        "A text may be read by others: leave out what it is about, or make it a template for email."
    ),
}


def _describe(problem: TemplateProblem) -> str:
    return _WORDS[problem.kind].format(
        about=", ".join(problem.about),
        number=problem.number,
        most=MOST_SEGMENTS,
        variables=", ".join(variable.code for variable in TemplateVariable),
    )


def _in_english(template: MessageTemplate, code: str) -> str:
    back = current_context().back_translations
    english = built_in_title(template)
    return english if code == SOURCE else back.of(code, template.name).replace("%(", "{").replace(")s", "}")
