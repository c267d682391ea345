"""How a person can be reached, as an officer typed it: by the site's rules, with words in English."""

from collections.abc import Mapping

from resident_app.contact_points import (
    Channel,
    NotAnEmail,
    NotAPhoneNumber,
    PhoneMistake,
    find_phone_number,
    parse_email_address,
)

_PHONE_MISTAKES = {
    PhoneMistake.COSTS_MORE: "A call to this number costs extra. Enter another one.",
    PhoneMistake.TEXT_ABROAD: "Text messages go to numbers in the United States and Canada only.",
    PhoneMistake.EXTENSION: "An extension cannot get a text message.",
    PhoneMistake.TEXT_NO_MOBILE: "This number cannot get text messages.",
}


def read_contact(
    typed: Mapping[str, str], *, may_be_none: bool = False
) -> tuple[dict[str, str], dict[str, str]]:
    """Return the phone number and e-mail address, and the mistakes by field.

    `reach_by` names which of them must be there. With `may_be_none` it may be empty.
    """
    mistakes: dict[str, str] = {}
    contact_points = {"phone": "", "email": ""}
    try:
        for_text = typed["reach_by"] == Channel.TEXT
        if typed["phone"]:
            contact_points["phone"] = find_phone_number(typed["phone"], for_text=for_text).number
    except NotAPhoneNumber as wrong:
        mistakes["phone"] = _PHONE_MISTAKES.get(
            wrong.mistake, "Enter a phone number with its area code, such as 360-555-0100."
        )
    try:
        contact_points["email"] = parse_email_address(typed["email"]) if typed["email"] else ""
    except NotAnEmail:
        mistakes["email"] = "Enter an email address, such as name@example.com."
    wanted = "email" if typed["reach_by"] == Channel.EMAIL else "phone"
    if typed["reach_by"] not in ("phone", "text", "email"):
        if typed["reach_by"] or not may_be_none:
            mistakes["reach_by"] = "Choose how the person wants to be reached."
    elif not typed[wanted]:
        mistakes.setdefault(wanted, "The person wants to be reached this way: it must be filled in.")
    return contact_points, mistakes
