"""`flask call`: a phone in the terminal. Prompts are shown as text, keys are typed."""

import click

from ivr.simulator import Phone, Post
from resident_app.commands.starting import database_or_exit, settings_or_exit
from resident_app.public import create_public_app
from resident_app.settings import PublicSettings, SettingsError

HELP = "Type keys and Enter: 0-9, *, #. Enter alone is silence; h hangs up."


@click.command("call")
@click.option("--lang", default="", help="Choose this language at once, as a code such as es.")
@click.option("--from", "caller", default="+13605550100", show_default=True, help="The calling number.")
def call(lang: str, caller: str) -> None:
    """Ring the phone line in this terminal."""
    settings = settings_or_exit(PublicSettings)
    database_or_exit(settings)
    try:
        app = create_public_app(settings)
    except SettingsError as error:
        raise click.ClickException(str(error)) from None
    phone = Phone(_through(app), settings.base_url, settings.twilio_auth_token.get_secret_value(), caller)
    phone.ring()
    if lang:
        phone.press(_key_of(lang))
    click.echo(HELP)
    while _play(phone):
        keys = click.prompt("", prompt_suffix="> ", default="", show_default=False).strip()
        if keys in ("h", "H"):
            phone.hang_up()
            return
        if not keys:
            phone.wait()
        elif set(keys) <= set("0123456789*#"):
            phone.press(keys)
        else:
            click.echo(HELP)


def _play(phone: Phone) -> bool:
    """Show what is heard. Whether the call goes on."""
    for heard in phone.heard:
        click.echo(f"  [{heard.language}] {heard.text}")
    if phone.dialled:
        click.echo(f"  (rings {phone.dialled}; Enter: nobody answers)")
    if phone.ended:
        click.echo("  (the line hangs up)")
        phone.hang_up()
        return False
    return True


def _key_of(code: str) -> str:
    from resident_app.languages import load_languages  # noqa: PLC0415

    language = load_languages().get(code)
    if language is None or language.phone is None:
        raise click.BadParameter(f"{code} is not a language of the phone line", param_hint="--lang")
    return language.phone.key


def _through(app: object) -> Post:
    """Requests go straight into the application, with no network between."""
    client = app.test_client(use_cookies=False)  # type: ignore[attr-defined]

    def post(path, form, headers):  # type: ignore[no-untyped-def]
        response = client.post(path, data=form, headers=headers)
        return response.status_code, response.get_data(as_text=True)

    return post
