"""One template of the office: its English, its translations with their English, reviews and versions."""

from collections.abc import Callable

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
from resident_app.casework.messages.office_templates import (
    LONGEST_PURPOSE,
    LONGEST_TITLE,
    OfficeTemplate,
    OwnReview,
    TemplateRefused,
    TemplateText,
)
from resident_app.casework.messages.template_checks import (
    example_values,
    read_back_problems,
    text_segments,
    words_problems,
)
from resident_app.casework.messages.template_variables import TemplateVariable, fill
from resident_app.casework.messages.text_segments import TextSegments
from resident_app.console.cases.templates import (
    CHANNELS,
    TemplateForm,
    describe_problems,
    read_form,
    read_words,
)
from resident_app.console.context import current_context
from resident_app.contact_points import Channel
from resident_app.database import reading, writing
from resident_app.languages import SOURCE
from resident_app.web.accounts.current_staff import current_staff
from resident_app.web.accounts.directory import staff_directory
from resident_app.web.accounts.permissions import AccessLevel

CHANGED_SINCE = "Somebody changed this template in the meantime. Look at it again."
OWN_REVIEW = "You wrote this. Somebody else must review it."
RETIRED, OFFERED_AGAIN = "Retired. It is no longer offered.", "It is offered again."
NOT_YOURS = "A lead, or somebody who has this language in their account, reviews it."

blueprint = Blueprint("edit_template", __name__)


@blueprint.get("/templates/<int:number>")
def show(number: int) -> Response:
    """Show a template with what is missing and what nobody has reviewed."""
    return _page(number)


@blueprint.post("/templates/<int:number>")
def save(number: int) -> AnyResponse:
    """Save the title, the purpose, the channel and the English. New English is a new version."""
    context, staff, form = current_context(), current_staff(), read_form(request.form)
    template = _find(number)
    mistakes = dict(form.mistakes)
    if "english" not in mistakes and form.channel != Channel.EMAIL and template.channel == Channel.EMAIL:
        mistakes |= _unfit_for_texts(template)
    if mistakes:
        return _page(number, form=TemplateForm(form.title, form.purpose, form.channel, form.words, mistakes))
    now = context.clock()

    def change() -> None:
        with writing(context.engine) as connection:
            described = (form.title, form.purpose, form.channel)
            if described != (template.title, template.purpose, template.channel):
                office_templates.describe(connection, number, *described, staff.id, now)
            if form.words != template.english.words:
                office_templates.write_text(connection, number, SOURCE, form.words, "", staff.id, now)

    return _apply(number, change, "Saved.")


@blueprint.post("/templates/<int:number>/translate")
def translate(number: int) -> AnyResponse:
    """Add a translation, or a new version of one, with what it says in English."""
    context, staff, typed = current_context(), current_staff(), request.form
    template, code = _find(number), typed.get("language", "")
    if code not in context.languages or code == SOURCE:
        abort(422)
    words, read_back = read_words(typed, "translation"), read_words(typed, "read_back")
    mistakes = {
        "translation": words_problems(
            words,
            context.languages[code],
            template.channel,
            context.languages,
            context.configuration.office,
            template.english.words,
        ),
        "read_back": read_back_problems(read_back, words, context.languages),
    }
    told = {name: describe_problems(problems) for name, problems in mistakes.items() if problems}
    if told:
        return _page(number, translating=(code, words, read_back), mistakes=told)
    of_number = typed.get("of_number", "")

    def change() -> None:
        with writing(context.engine) as connection:
            office_templates.write_text(
                connection,
                number,
                code,
                words,
                read_back,
                staff.id,
                context.clock(),
                of_number=int(of_number) if of_number.isascii() and of_number.isdigit() else 0,
            )

    return _apply(number, change, "Saved. Nobody else has reviewed it yet.")


@blueprint.post("/templates/<int:number>/review")
def review(number: int) -> AnyResponse:
    """Note that a second person has read a text, and what it says in English."""
    context, staff = current_context(), current_staff()
    asked = request.form.get("text", "")
    texts = _find(number).texts.values()
    text = next((each for each in texts if str(each.id) == asked), None)
    if text is None:
        flash(CHANGED_SINCE, "error")
        return _back_to(number)
    if not _may_review(text):
        flash(OWN_REVIEW if text.written_by == staff.id else NOT_YOURS, "error")
        return _back_to(number)
    read_back = read_words(request.form, "read_back")
    problems = read_back_problems(read_back, text.words, context.languages) if text.language != SOURCE else []
    if problems:
        return _page(number, mistakes={f"reviewed-{text.id}": describe_problems(problems)})

    def change() -> None:
        with writing(context.engine) as connection:
            office_templates.review_text(connection, number, text.id, read_back, staff.id, context.clock())

    return _apply(number, change, "Reviewed.")


@blueprint.post("/templates/<int:number>/retire")
def retire(number: int) -> AnyResponse:
    """Offer the template no more, or again."""
    context, staff = current_context(), current_staff()
    is_retired = request.form.get("does") == "retire"

    def change() -> None:
        with writing(context.engine) as connection:
            office_templates.retire(connection, number, staff.id, context.clock(), is_retired=is_retired)

    return _apply(
        number, change, "Retired. It is no longer offered." if is_retired else "It is offered again."
    )


@blueprint.post("/templates/<int:number>/copy")
def copy(number: int) -> AnyResponse:
    """Make a new template of the same words and translations, which nobody has reviewed."""
    context, staff, template = current_context(), current_staff(), _find(number)
    title, now = f"{template.title[: LONGEST_TITLE - 7]} (copy)", context.clock()
    with writing(context.engine) as connection:
        made = office_templates.add_template(
            connection, title, template.purpose, template.channel, template.english.words, staff.id, now
        )
        for code, text in template.texts.items():
            if code != SOURCE and template.current(code):
                office_templates.write_text(
                    connection, made, code, text.words, text.read_back, staff.id, now, of_number=1
                )
    flash("This is the copy. Nobody else has reviewed it yet.", "done")
    return _back_to(made)


def _apply(number: int, change: Callable[[], None], done: str) -> AnyResponse:
    try:
        change()
    except OwnReview:
        flash(OWN_REVIEW, "error")
    except TemplateRefused:
        flash(CHANGED_SINCE, "error")
    else:
        flash(done, "done")
    return _back_to(number)


def _back_to(number: int) -> AnyResponse:
    return redirect(url_for("edit_template.show", number=number), 303)


def _find(number: int) -> OfficeTemplate:
    with reading(current_context().engine) as connection:
        return office_templates.find_template(connection, number) or abort(404)


def _may_review(text: TemplateText) -> bool:
    """Return whether this person may review a text: not its writer, and somebody who can read it."""
    staff = current_staff()
    return text.written_by != staff.id and (staff.may(AccessLevel.LEAD) or text.language in staff.languages)


def _unfit_for_texts(template: OfficeTemplate) -> dict[str, str]:
    """Return why a template for email cannot become one for texts: a translation is not fit for them."""
    context = current_context()
    unfit = [
        code
        for code, text in template.texts.items()
        if code != SOURCE
        and template.current(code)
        and words_problems(
            text.words, context.languages[code], "", context.languages, context.configuration.office
        )
    ]
    names = ", ".join(unfit)
    return {"channel": f"These translations are not fit for a text message: {names}."} if unfit else {}


def _page(
    number: int,
    *,
    form: TemplateForm | None = None,
    translating: tuple[str, str, str] = ("", "", ""),
    mistakes: dict[str, str] | None = None,
) -> Response:
    context = current_context()
    template = _find(number)
    with reading(context.engine) as connection:
        versions = office_templates.every_text(connection, number)
    values = example_values(context.configuration.office)
    english = template.english

    def as_sent(text: TemplateText, *, in_english: bool = False) -> str:
        language = context.languages[SOURCE if in_english else text.language]
        return fill(text.read_back if in_english else text.words, language, values)

    def segments(text: TemplateText) -> TextSegments:
        return text_segments(as_sent(text), context.languages[text.language])

    form = form or TemplateForm(template.title, template.purpose, template.channel, english.words)
    told = dict(form.mistakes) | (mistakes or {})
    text = render_template(
        "edit_template.html",
        template=template,
        form=form,
        mistakes=told,
        translating=translating,
        translations=[each for code, each in template.texts.items() if code != SOURCE],
        missing=[code for code in context.languages if code not in template.texts],
        versions=versions,
        as_sent=as_sent,
        segments=segments,
        may_review=_may_review,
        may_write=current_staff().may(AccessLevel.LEAD),
        channels=CHANNELS,
        variables=list(TemplateVariable),
        longest_title=LONGEST_TITLE,
        longest_purpose=LONGEST_PURPOSE,
        people=staff_directory(context.engine),
    )
    return make_response(text, 422 if told else 200)
