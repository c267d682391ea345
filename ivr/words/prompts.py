"""Every prompt of the phone line. A menu of `ivr.menus` says which of them is heard when."""

from enum import Enum


def _(message: str) -> str:
    """Mark a message for translation."""
    return message


class Prompt(Enum):
    """The prompts. A value is the English text, which is the message's id in the catalogues.

    `%(key)s` is the key of a menu's option. A name is also the name of the prompt's recording.
    """

    # NOTE: First menu. Name your own language in it, not English. At most three seconds.
    CHOOSE_LANGUAGE = _("For English, press %(key)s.")
    # NOTE: First menu, after the languages. Very short.
    MORE_LANGUAGES = _("For more languages, press %(key)s.")
    # NOTE: Second menu of languages: an interpreter will call back. At most three seconds.
    ANOTHER_LANGUAGE = _("For any other language, press %(key)s.")
    # NOTE: Main menu, the first words after the language was chosen. At most five seconds.
    # DOL is the Department of Licensing; the record is what it holds on a person.
    MAIN_CHECK = _("To check if DOL shared your record with ICE, press %(key)s.")
    # NOTE: Main menu, and after an answer.
    MAIN_HELP = _("For help or a call back, press %(key)s.")
    # NOTE: Main menu.
    MAIN_INFORMATION = _("For information, press %(key)s.")
    # NOTE: Main menu. A request is a request for help that the caller made before.
    MAIN_STATUS = _("To ask about your request, press %(key)s.")
    # NOTE: Main menu.
    MAIN_PERSON = _("For a person, press %(key)s any time.")
    # NOTE: Main menu, when the office has no phone to ring: a person calls back.
    MAIN_PERSON_CALLS = _("For a person to call you back, press %(key)s.")

    # NOTE: After the choices of a menu and a pause. Pound is the # key.
    HEAR_AGAIN = _("To hear this again, press pound.")
    # NOTE: After the choices of a menu and a pause: longer pauses, for the rest of the call.
    MORE_TIME = _("For more time, press %(key)s.")
    # NOTE: After the choices of a menu and a pause.
    CHANGE_LANGUAGE = _("For another language, press %(key)s.")
    # NOTE: After the choices of a menu and a pause. Star is the * key.
    GO_BACK = _("To go back, press star.")
    # NOTE: While the caller enters digits. Pound is the # key, and it is pressed after the other key.
    ENTRY_TIME = _("For more time, press %(key)s, then pound.")
    # NOTE: While the caller enters digits. Pound is the # key, and it is pressed after the other key.
    ENTRY_PERSON = _("For a person, press %(key)s, then pound.")
    # NOTE: While the caller enters digits, when the office has no phone to ring. Pound is the # key.
    ENTRY_PERSON_CALLS = _("For a person to call you back, press %(key)s, then pound.")
    # NOTE: While the caller enters digits. Pound is the # key.
    ENTRY_LANGUAGE = _("For another language, press %(key)s, then pound.")
    # NOTE: While the caller enters digits. Star is the * key, pound is the # key.
    ENTRY_BACK = _("To go back, press star, then pound.")
    # NOTE: After the caller asked for more time.
    SLOWER_NOW = _("We will give you more time from now on.")

    # NOTE: Asks for the card number. Keys are the keys of the phone.
    CARD = _(
        "Enter the card number on your license or ID card. Press each key once, even for a letter: for A, "
        "B or C, press 2. Then press pound."
    )
    # NOTE: In the card number the star key is a sign of old cards.
    CARD_STARS = _("You may leave out stars.")
    # NOTE: The caller pressed a key again and again for a letter, as one writes a text message on old phones.
    CARD_TOO_LONG = _("That was more than 12 keys. Press each key only once, even for a letter.")
    # NOTE: The caller pressed too few keys for the card number. %(count)s is how many.
    CARD_TOO_SHORT = _(
        "That was not all: the card number has 12 letters, numbers and stars. Keys that you pressed: "
        "%(count)s. Please enter it again."
    )
    # NOTE: After a mistake in the card number: on old phones these two letters are not printed on the keys.
    CARD_LETTERS = _("The letter Q is on 7, and Z is on 9.")
    # NOTE: After a card number that may be whole, or not. %(count)s is how many keys.
    CARD_KEYED = _("You pressed %(count)s keys for the card number.")
    # NOTE: Asks for the birth date.
    BIRTH = _("Enter your birth date in eight digits: month, day, year. Then press pound.")
    # NOTE: Reads a birth date back. %(date)s is the date.
    BIRTH_READ = _("Your birth date: %(date)s.")
    # NOTE: Asks for the date when the card was made. On the card it is called ISS.
    ISSUE = _("Enter the issue date, I S S on the card, in eight digits. Then press pound.")
    # NOTE: Reads an issue date back. %(date)s is the date.
    ISSUE_READ = _("The issue date: %(date)s.")
    # NOTE: The caller entered more or fewer than eight digits of a date.
    DATE_DIGITS = _("A date has eight digits: two for the month, two for the day, four for the year.")
    # NOTE: The caller entered a date such as February 30, or the day before the month.
    DATE_NO_SUCH_DAY = _("There is no such date. Enter the month first, then the day, then the year.")
    # NOTE: The caller entered a date that has not come yet.
    DATE_FUTURE = _("That date is in the future. Please enter it again.")
    # NOTE: The caller entered a year before 1890.
    DATE_TOO_LONG_AGO = _("That year is too long ago. Please enter the date again.")
    # NOTE: The issue date that the caller entered is before the birth date.
    DATE_BEFORE_BIRTH = _("The issue date cannot be before the birth date. Please enter it again.")
    # NOTE: After something was read back.
    IS_RIGHT = _("If this is right, press %(key)s.")
    # NOTE: After something was read back.
    KEY_AGAIN = _("If not, press %(key)s.")
    # NOTE: While many people are checking.
    PLEASE_WAIT = _("Many people are checking right now. Please wait a moment.")

    # NOTE: Answer, as on the site: ICE, or a part of ICE, received the record.
    SHARED_ICE = _("Yes. DOL shared your information with ICE.")
    # NOTE: After it. %(agencies)s is a list of short names, such as "CBP and DHS".
    SHARED_ALSO = _("DOL also shared it with: %(agencies)s.")
    # NOTE: Answer, as on the site. %(agency)s is the short name of an agency, such as CBP.
    SHARED_OTHER = _("DOL shared your information with another immigration agency: %(agency)s.")
    # NOTE: Answer, as on the site. %(agencies)s is a list of short names, such as "CBP and USCIS".
    SHARED_OTHERS = _("DOL shared your information with other immigration agencies: %(agencies)s.")
    # NOTE: Answer, as on the site. %(agencies)s is DHS, or a list such as "CBP and DHS".
    SHARED_OPEN = _("DOL shared your information with %(agencies)s.")
    # NOTE: After "DOL shared your information with another immigration agency: CBP."
    ICE_NOT_SHOWN = _("Our records do not show that ICE received it.")
    # NOTE: After "DOL shared your information with DHS." %(agency)s is DHS.
    ICE_ONLY_ABOVE = _(
        "The record says only %(agency)s. ICE is part of %(agency)s. We cannot tell whether ICE received it."
    )
    # NOTE: After "DOL shared your information with CBP and DHS." %(agency)s is DHS. "Part" is a part of DHS.
    ICE_PERHAPS = _(
        "For %(agency)s, the record does not say which part. ICE is part of %(agency)s. We cannot tell "
        "whether ICE received it."
    )
    # NOTE: When DOL shared a record so often that not each time can be listed.
    ICE_NOT_ALL_LISTED = _(
        "Not every sharing is listed here. We cannot tell whether ICE received one that is not listed."
    )
    # NOTE: One sharing: a date, what was given such as a photo, and the agency that got it.
    SHARED_ONE = _("On %(date)s: %(what)s. It went to: %(agency)s.")
    # NOTE: The agency's own office, such as a city.
    SHARED_OFFICE = _("Their office: %(office)s.")
    # NOTE: The reason that the agency gave.
    SHARED_GROUND = _("The reason they gave: %(ground)s.")
    # NOTE: When the record has no reason.
    SHARED_NO_GROUND = _("The record does not say why.")
    # NOTE: %(count)s is a number: sharings that are not listed.
    SHARED_MORE = _(
        "Sharings not listed here: %(count)s. The Office of Community Outreach can help you ask DOL about "
        "them."
    )
    # NOTE: Answer, as on the site: no sharing was found. It must not promise that nothing was shared.
    NOT_SHARED = _("We found no sharing in the records we hold.")
    # NOTE: After it, as on the site but without brackets. %(agencies)s is a list of short names, such as "CBP
    # and DHS". %(date)s is January 10, 2018.
    NOT_SHARED_WITH = _(
        "We found your card. The records we hold do not show that DOL shared your information with ICE or "
        "another immigration agency, %(agencies)s, before %(date)s."
    )
    # NOTE: What the answer is based on. %(start)s and %(end)s are dates.
    COVERAGE = _("The records we hold are from %(start)s to %(end)s.")
    # NOTE: What the records do not show. %(month)s is a month and year.
    NOT_COMPLETE = _(
        "They do not show everything. The log of requests before %(month)s is not complete. Federal agencies "
        "also had accounts in DOL search systems. What they looked up there is not in these records."
    )
    # NOTE: Answer: the card was not found. This is not an answer of "not shared".
    NO_MATCH = _(
        "We could not match what you entered to a card. "
        "This does not tell you if your information was shared or not."
    )
    # NOTE: Answer: too many tries with wrong details.
    PAUSED = _(
        "There were too many tries. Checks are paused for now, so that others cannot guess. "
        "You can try again after 24 hours."
    )
    # NOTE: After an answer.
    AFTER_REPEAT = _("To hear this again, press %(key)s.")
    # NOTE: After an answer.
    AFTER_MENU = _("For the main menu, press %(key)s.")
    # NOTE: After an answer.
    AFTER_END = _("To end the call, press %(key)s.")

    # NOTE: After the answer that the card was not found.
    AFTER_CORRECT = _("To correct one thing that you entered, press %(key)s.")
    # NOTE: What the caller wants to correct.
    CORRECT_CARD = _("To enter the card number again, press %(key)s.")
    # NOTE: What the caller wants to correct.
    CORRECT_BIRTH = _("To enter the birth date again, press %(key)s.")
    # NOTE: What the caller wants to correct.
    CORRECT_ISSUE = _("To enter the issue date again, press %(key)s.")

    # NOTE: Out of office hours. %(time)s is a day and a time: "Monday, November 23 at 8:00 AM".
    OFFICE_CLOSED = _("The office is closed now. It opens on %(time)s.")
    # NOTE: No person can answer now.
    NOBODY_FREE = _("No one can take your call right now, but we can call you back.")
    # NOTE: When a check could not be done because too many people are checking.
    STILL_BUSY = _("We still cannot check your record. We can call you back.")
    # NOTE: Asks where to call back. %(number)s is the number that the caller calls from.
    CALL_BACK_HERE = _("To be called back at %(number)s, press %(key)s.")
    # NOTE: Instead of the number that the caller calls from.
    ANOTHER_NUMBER = _("For another number, press %(key)s.")
    # NOTE: Asks for the number to call back.
    CALL_BACK_NUMBER = _(
        "Enter the phone number with its area code. Then press pound. We will call you there."
    )
    # NOTE: The phone number is not whole.
    NUMBER_WRONG = _("That is not a whole phone number. Please enter ten digits.")
    # NOTE: Reads a phone number back.
    NUMBER_READ = _("We will call you at %(number)s.")
    # NOTE: Asks when to call back.
    BEST_TIME = _("When should we call?")
    # NOTE: When to call back.
    BEST_TIME_MORNING = _("For the morning, press %(key)s.")
    # NOTE: When to call back.
    BEST_TIME_AFTERNOON = _("For the afternoon, press %(key)s.")
    # NOTE: When to call back.
    BEST_TIME_ANY = _("For any time, press %(key)s.")
    # NOTE: To a caller who has heard an answer and asks to be called back. It is what the call back is about.
    ANSWER_TOLD = _("The office will see what we told you about your record.")
    # NOTE: After it, as the last choice. "It" is what we told the caller about the record.
    ANSWER_NOT_TOLD = _("If the office should not see it, press %(key)s.")
    # NOTE: After the caller chose that the office should not see what we told the caller about the record.
    WILL_NOT_BE_TOLD = _("The office will not see it.")
    # NOTE: Asks if a voice message is safe. A voice message may be heard by others at home.
    MESSAGE_OK = _("May we leave a voice message there?")
    # NOTE: Answer to "May we leave a voice message there?"
    MESSAGE_NO = _("For no, press %(key)s.")
    # NOTE: Answer to "May we leave a voice message there?"
    MESSAGE_YES = _("For yes, press %(key)s.")
    # NOTE: A request was stored.
    RECEIVED = _("We have your request. The Office of Community Outreach will call you in your language.")
    # NOTE: After a request was stored. %(number)s is the number from which the office calls.
    CALL_COMES_FROM = _("The call will come from %(number)s.")
    # NOTE: After a request was stored, if a voice message is safe: the first words of the office's call.
    WILL_HEAR_CALL_BACK = _(
        "When you answer, you will hear that this is the call back you asked for. To talk, press any key."
    )
    # NOTE: After a request was stored, if a voice message is not safe: the first words of the office's call.
    # Another person at home may answer, so they are neutral.
    WILL_HEAR_NEUTRAL = _(
        "When you answer, you will hear that someone would like to talk with you. To talk, press any key."
    )
    # NOTE: Before a reference number is read. After it there is a pause in which the caller can get a pen.
    GET_PEN = _("Please get a pen to write down a number. When you are ready, press %(key)s.")
    # NOTE: Reads a reference number of 16 digits, group by group.
    REFERENCE = _("Your reference number is %(reference)s.")
    # NOTE: Before the reference number is read a second time.
    REFERENCE_AGAIN = _("Again: %(reference)s.")
    # NOTE: After a reference number was read.
    REFERENCE_SLOWLY = _("To hear the number again, slowly, press %(key)s.")
    # NOTE: Too many wrong reference numbers. "We can call you back." follows.
    TOO_MANY = _("There were too many tries today.")
    # NOTE: After it was said why something cannot be done now. The choice of a number follows.
    CAN_CALL_BACK = _("We can call you back.")

    # NOTE: So many people asked for help in this hour that the office takes no more requests.
    REQUESTS_SHUT = _(
        "We cannot take more requests right now. Please call again in an hour. For a person, press %(key)s."
    )

    # NOTE: Asks for a reference number. Four at a time: four digits, a pause, the next four digits.
    ASK_REFERENCE = _("Enter the 16 digits of your reference number, all of them or four at a time.")
    # NOTE: Reads back the digits of a reference number that the caller has entered so far.
    REFERENCE_KEYED = _("You entered %(reference)s.")
    # NOTE: After four, eight or twelve digits of a reference number.
    NEXT_FOUR = _("Now enter the next four digits.")
    # NOTE: After a part of a reference number, in the middle of a group of four digits.
    NEXT_DIGITS = _("Now enter the digits that come next.")
    # NOTE: After twelve digits. Old reference numbers have no more. Pound is the # key.
    NO_MORE_DIGITS = _("If your number has no more digits, press pound.")
    # NOTE: After the keys were not digits, or were too many.
    REFERENCE_WRONG = _("That is not a reference number. It has 16 digits. Please enter it again.")
    # NOTE: All 16 digits were entered, and at least one is wrong. Then each group of four is read.
    REFERENCE_SLIP = _("This number is not right. Please listen to what you entered.")
    # NOTE: %(reference)s is a group of four digits that the caller entered.
    GROUP_WRONG = _("If %(reference)s is wrong, press %(key)s.")
    # NOTE: After the four groups were read. Star is the * key.
    ALL_AGAIN = _("To enter the whole number again, press star.")
    # NOTE: %(reference)s is a group of four digits that is wrong.
    GROUP_AGAIN = _("Enter four digits in place of %(reference)s.")
    # NOTE: The caller entered more or fewer than four digits.
    GROUP_NOT_FOUR = _("Please enter four digits.")
    # NOTE: Request status.
    STATUS_UNKNOWN = _("We did not find a request with this number.")
    # NOTE: Request status.
    STATUS_RECEIVED = _("We have your request. It is waiting for someone in the office.")
    # NOTE: Request status.
    STATUS_IN_PROGRESS = _("Someone in the office is working on your request.")
    # NOTE: Request status: the office called or wrote, and got no answer.
    # %(date)s is a date.
    STATUS_TRIED = _("We tried to reach you on %(date)s. We will try again.")
    # NOTE: Request status.
    STATUS_CLOSED = _("Your request is closed.")

    # NOTE: A question that the caller can choose. DOL is explained here.
    ASK_POLICE = _("For how the Department of Licensing, DOL, shares with the police, press %(key)s.")
    # NOTE: A question that the caller can choose.
    ASK_IMMIGRATION = _("For how DOL shares with immigration agencies, press %(key)s.")
    # NOTE: A question that the caller can choose.
    ASK_REVIEW = _("For who decides about a request, press %(key)s.")
    # NOTE: After three questions that the caller can choose. It leads to four more.
    MORE_QUESTIONS = _("For more questions, press %(key)s.")
    # NOTE: A question that the caller can choose.
    ASK_COLLECTED = _("For what DOL knows about you, press %(key)s.")
    # NOTE: A question that the caller can choose. %(date)s is January 10, 2018.
    ASK_BEFORE = _("For what happened before %(date)s, press %(key)s.")
    # NOTE: A question that the caller can choose.
    ASK_SINCE = _("For what happened after that, press %(key)s.")
    # NOTE: A question that the caller can choose.
    ASK_OFFICE = _("For who can help you, press %(key)s.")
    # NOTE: Answer, as on the site but without brackets. The list of crimes must stay open: "such as".
    ANSWER_POLICE = _(
        "Sometimes. DOL says that it answers requests for photos and applications only for criminal "
        "investigations. These are about crimes such as narcotics, which means drugs; financial crimes; "
        "child pornography; and violent crimes. They are examples, not a full list."
    )
    # NOTE: Answer, on the site and by phone. A portal is a website that people must sign in to.
    ANSWER_PORTAL = _(
        "DOL says that it is developing a new, permanent process. All law enforcement must register for"
        " a secure online public disclosure portal, to send requests and get answers."
    )
    # NOTE: Answer, on the site and by phone.
    ANSWER_IMMIGRATION = _(
        "Sometimes. DOL says that it does not answer requests about immigration unless they come with a"
        " court order from a judge."
    )
    # NOTE: Answer, second part. DHS, ICE and CBP are federal immigration agencies; keep the letters.
    # "Other" are those that are not about immigration.
    ANSWER_COURT_ORDER = _(
        "DHS, ICE and CBP need a court order for information about immigration. For other criminal "
        "investigations, they do not need one."
    )
    # NOTE: Answer, on the site and by phone. License Integrity Unit is a team at DOL.
    ANSWER_REVIEW = _(
        "DOL says that all requests go to its License Integrity Unit, also local and state requests. "
        "Each one goes through three levels of review and approval inside DOL."
    )
    # NOTE: Answer, second part. The Governor leads the state of Washington.
    ANSWER_DIRECTOR = _(
        "Every request that may be about immigration also goes to the DOL Director and the Governor's Office."
    )
    # NOTE: Answer, third part. Executive Order 17-01 is an order of the Governor of Washington. Aloud: 17 01.
    ANSWER_COMPLIANCE = _(
        "DOL says that these steps and the training of its staff ensure 100 percent compliance with the"
        " Governor's Executive Order 17 01."
    )
    # NOTE: Answer, fourth part. The order is Executive Order 17-01.
    ANSWER_OTHER_AGENCIES = _(
        "DOL says that it and other agencies follow state and federal laws and uphold the Governor's order."
    )
    # NOTE: Answer, on the site and by phone.
    ANSWER_COLLECTED = _(
        "DOL says that privacy is its highest priority. It collects nothing that is not needed or not "
        "required. Access to its databases is extremely limited."
    )
    # NOTE: Answer, second part. DOL can still have a place of birth that somebody gave before.
    ANSWER_PLACE_OF_BIRTH = _(
        "All people who live in Washington can use DOL's services. So DOL no longer requires your place"
        " of birth for a license or ID card. If you gave it in the past, DOL says that it will not be "
        "shared."
    )
    # NOTE: Answer, on the site and by phone. %(start)s is a month and year, %(end)s a date,
    # %(requests)s a number.
    ANSWER_BEFORE = _(
        "From %(start)s to %(end)s, DOL got %(requests)s requests from agencies that work on immigration."
    )
    # NOTE: Answer, second part. "Them" are the requests. The site says 8 U.S.C. 1325 and 1326; aloud the
    # sections are 13 25 and 13 26.
    ANSWER_VIOLATION = _(
        "The most common violation in them was of federal law section 13 25, improper entry of an alien, and "
        "section 13 26, reentry of removed aliens."
    )
    # NOTE: Answer, last part, on the site and by phone. %(year)s is a year, such as 2018.
    ANSWER_PUBLISHED = _("DOL published this in %(year)s.")
    # NOTE: Answer, on the site and by phone. %(year)s is a year, such as 2018, %(date)s is January 10, 2018.
    # %(requests)s is a number.
    ANSWER_SINCE = _(
        "In %(year)s, DOL published numbers for the time after %(date)s. It had sent %(requests)s "
        "requests from agencies that may work on immigration to the Governor's Office."
    )
    # NOTE: Answer, second part, as on the site but without brackets. %(percent)s is a share such as 60%;
    # "them" are the requests.
    ANSWER_APPROVED = _(
        "%(percent)s of them were approved and released. None of the approved ones was about "
        "immigration. The most common crime was narcotics, which means drugs."
    )
    # NOTE: Answer, third part. "Then" is when DOL published this.
    ANSWER_NO_COURT_ORDER = _("By then, ICE had sent no request with a court order.")
    # NOTE: Answer, on the site and by phone. %(name)s is the name of the person who leads the office.
    ANSWER_OFFICE = _(
        "The Office of Community Outreach, led by %(name)s, helps anyone who has trouble with DOL "
        "services. It speaks up for you."
    )
    # NOTE: Answer, second part. %(address)s is a web address.
    ANSWER_WEBSITE = _("On DOL's website: %(address)s")
    # NOTE: Answer, third part. "It" is DOL's website.
    ANSWER_TRANSLATION_TOOL = _(
        "It has a translation tool for Chinese, Japanese, Korean, Russian and Spanish."
    )
    # NOTE: After an answer to a question.
    NEXT_QUESTION = _("For the next question, press %(key)s.")
    # NOTE: After an answer to a question.
    ALL_QUESTIONS = _("For all questions, press %(key)s.")

    # NOTE: The caller pressed nothing, for the first time.
    NO_INPUT = _("We did not hear a key.")
    # NOTE: The caller pressed nothing, for the second time.
    NO_INPUT_AGAIN = _("There is no hurry. Press a key when you are ready.")
    # NOTE: The caller pressed a key that means nothing here, for the first time.
    NO_SUCH_KEY = _("That key does not work here.")
    # NOTE: The caller pressed a key that means nothing here, for the second time.
    NO_SUCH_KEY_AGAIN = _("That key does not work here either. Here are the choices once more.")
    # NOTE: After three times of silence or wrong keys, before help from a person is offered.
    ANOTHER_WAY = _("Let us help you in another way.")
    # NOTE: Before a caller is connected to a person.
    CONNECTING = _("Please wait. We are connecting you to a person.")
    # NOTE: While a caller waits for a person. %(place)s is a number: 1 is next.
    PLACE_IN_LINE = _("You are number %(place)s in line.")
    # NOTE: While a caller waits for a person.
    STOP_WAITING = _("To stop waiting and be called back, press %(key)s.")

    # NOTE: After a request was stored. The text message holds the reference number.
    AFTER_TEXT_REFERENCE = _("To get this number in a text message, press %(key)s.")
    # NOTE: After an answer. The text message holds the address of the website.
    AFTER_TEXT_ADDRESS = _("To get our web address in a text message, press %(key)s.")
    # NOTE: Before a text message is sent. %(number)s is the number that the caller calls from.
    TEXT_HERE = _("We can send the text message to %(number)s. Anyone who sees that phone can read it.")
    # NOTE: Sends the text message to the number that was just said.
    SEND_TEXT = _("To send it, press %(key)s.")
    # NOTE: Asks for the number to which a text message is sent.
    TEXT_NUMBER = _("Enter the number of the mobile phone with its area code. Then press pound.")
    # NOTE: Reads back the number to which a text message will be sent.
    TEXT_NUMBER_READ = _("We will send the text message to %(number)s.")
    # NOTE: The text message was handed to the phone company.
    TEXT_SENT = _("The text message is on its way.")
    # NOTE: The text message was not sent: no more today, or that phone wants none.
    TEXT_NOT_SENT = _("We could not send the text message.")
    # NOTE: The office calls a person back who allowed messages. No other word on what it is about.
    OFFICE_CALLS_BACK = _("Hello. This is the call back you asked for. To talk, press any key.")
    # NOTE: The office calls a person back, and does not know who answers: no word on what it is about.
    OFFICE_CALLS = _("Hello. Someone would like to talk with you, in your language. To talk, press any key.")
    # NOTE: After the person pressed a key, before the office is connected.
    OFFICE_CALLS_WAIT = _("Thank you. One moment, please.")
    # NOTE: Left on an answering machine, only if the person allowed it: no word on what it is about.
    # %(number)s is the office's phone number.
    OFFICE_CALLS_MESSAGE = _(
        "Hello. You asked us to call you. You can call us back at %(number)s. Thank you."
    )
    # NOTE: To a caller who pressed nothing at all. It is said in every language: at most four seconds.
    STAY_ON_LINE = _("If you cannot press keys, stay on the line. We will call you back.")
    # NOTE: To a caller who pressed nothing and stayed on the line: the last words.
    HAVE_YOUR_CALL = _("We have your call. We will call you back at this number.")
    # NOTE: To a caller who pressed nothing, and whose number we cannot call. 711 is a relay service: read it
    # digit by digit. A person there presses the keys and passes on what is said.
    DIAL_RELAY = _("If you cannot press keys, dial 7 1 1. An operator there can press them for you.")
    # NOTE: The last words. %(number)s is the phone line's number.
    GOODBYE = _("Thank you for calling. You can call again at %(number)s at any time. Goodbye.")
    # NOTE: Said when the system has a fault. %(number)s is the phone line's number.
    SYSTEM_ERROR = _("Something on our side did not work. Please call again in a few minutes, at %(number)s.")
    # NOTE: Said in the middle of a call after a fault. The caller then hears the first menu.
    START_AGAIN = _("Something on our side did not work. We have to start this call again.")
    # NOTE: Said when the system has a fault, after the message that something did not work.
    SYSTEM_ERROR_STAY = _("Or stay on the line, and we will try again.")


CALL_BACK_PROMPTS = (
    Prompt.CHOOSE_LANGUAGE,
    Prompt.CAN_CALL_BACK,
    Prompt.NOBODY_FREE,
    Prompt.CALL_BACK_HERE,
    Prompt.ANOTHER_NUMBER,
    Prompt.CALL_BACK_NUMBER,
    Prompt.NUMBER_WRONG,
    Prompt.NUMBER_READ,
    Prompt.IS_RIGHT,
    Prompt.KEY_AGAIN,
    Prompt.RECEIVED,
    Prompt.CALL_COMES_FROM,
    Prompt.WILL_HEAR_NEUTRAL,
    Prompt.GET_PEN,
    Prompt.REFERENCE,
    Prompt.REFERENCE_AGAIN,
    Prompt.REFERENCE_SLOWLY,
    Prompt.AFTER_REPEAT,
    Prompt.MAIN_HELP,
    Prompt.AFTER_END,
    Prompt.REQUESTS_SHUT,
    Prompt.NO_INPUT,
    Prompt.NO_INPUT_AGAIN,
    Prompt.NO_SUCH_KEY,
    Prompt.NO_SUCH_KEY_AGAIN,
    Prompt.GOODBYE,
    Prompt.START_AGAIN,
    Prompt.SYSTEM_ERROR,
    Prompt.SYSTEM_ERROR_STAY,
    Prompt.OFFICE_CALLS,
    Prompt.OFFICE_CALLS_BACK,
    Prompt.OFFICE_CALLS_WAIT,
    Prompt.OFFICE_CALLS_MESSAGE,
)
"""What is heard when a call back is asked for and made. Their values are digits."""
