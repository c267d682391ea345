"""Questions and answers: the facts that DOL published, on one page with anchors."""

from resident_app.site.questions import SLUGS
from tests.conftest import Deployment
from tests.strict_client import HTML

FACTS = (
    # Photos and applications, for crimes such as these; the list stays open.
    "only for criminal investigations. These are about crimes such as narcotics (drugs), financial crimes, "
    "child pornography and violent crimes. They are examples, not a full list.",
    # Immigration.
    "does not answer requests about immigration unless they come with a court order from a judge.",
    "DHS, ICE and CBP need a court order for information about immigration. For other criminal "
    "investigations, they do not need one.",
    # Review.
    "all requests go to its License Integrity Unit, also local and state requests. Each one goes through "
    "three levels of review and approval",
    "Every request that may be about immigration also goes to the DOL Director and the Governor's Office.",
    "these steps and the training of its staff ensure 100 percent compliance with the Governor's Executive "
    "Order 17-01.",
    "it and other agencies follow state and federal laws and uphold the Governor's order.",
    # The portal.
    "is developing a new, permanent process. All law enforcement must register for a secure online public "
    "disclosure portal, to send requests and get answers.",
    # What is collected.
    "privacy is its highest priority. It collects nothing that is not needed or not required. Access to its "
    "databases is extremely limited.",
    "All people who live in Washington can use DOL's services. So DOL no longer requires your place of birth",
    "If you gave it in the past, DOL says that it will not be shared.",
    # The figures, with the year in which they were published.
    "From May 2017 to January 10, 2018, DOL got 709 requests from agencies that work on immigration.",
    "The most common violation in them was of 8 U.S.C. 1325 (improper entry of an alien) and 1326 (reentry "
    "of removed aliens). DOL published this in 2018.",
    "In 2018, DOL published numbers for the time after January 10, 2018. It had sent 104 requests from "
    "agencies that may work on immigration to the Governor's Office.",
    "60% of them were approved and released. None of the approved ones was about immigration. The most "
    "common crime was narcotics (drugs).",
    "By then, ICE had sent no request with a court order.",
    # Who helps, and where more is.
    "led by Rafael Estevez, helps anyone who has trouble with DOL services. It speaks up for you.",
    "check it on this site or call 360-359-4454",
    "You can get help in your language.",
    "On DOL's website: dol.wa.gov",
    "a translation tool for Chinese, Japanese, Korean, Russian and Spanish.",
    "The answers about DOL's rules and numbers are as DOL published them in 2018.",
)

# The word that leaves the list of crimes open, and those that say that it does.
OPEN_LISTS = {
    "en": ("such as", "examples"),
    "es": ("como", "ejemplos"),
    "zh-Hans": ("等。", "例子"),
    "zh-Hant": ("等。", "例子"),
    "ja": ("など", "例で"),
    "ko": ("등의", "예이며"),
    "ru": ("например", "примеры"),
    "vi": ("như ", "ví dụ"),
    "uk": ("наприклад", "приклади"),
    "fil": ("tulad ng", "halimbawa"),
    "ar": ("مثل", "أمثلة"),
    "so": ("sida", "tusaalooyin"),
    "am": ("ያሉ ናቸው", "ምሳሌዎች"),
    "pa": ("ਜਿਵੇਂ ਕਿ", "ਮਿਸਾਲਾਂ"),
    "km": ("ដូចជា", "ឧទាហរណ៍"),
}


def test_each_fact_that_dol_published_is_told(deployment: Deployment) -> None:
    page = deployment.client.get("/en/questions").main
    assert not [fact for fact in FACTS if fact not in page]


def test_the_list_of_crimes_is_open_in_every_language(deployment: Deployment) -> None:
    codes = [language.code for language in deployment.context.languages.on_the_site()]
    assert sorted(codes) == sorted(OPEN_LISTS)
    for code in codes:
        sections = deployment.client.get(f"/{code}/questions").all("section")
        answer = next(one for one in sections if one.get("aria-labelledby") == "agencies")
        words = "".join(answer.itertext())
        assert not [word for word in OPEN_LISTS[code] if word not in words], code


def test_a_list_at_the_top_leads_to_every_question(deployment: Deployment) -> None:
    page = deployment.client.get("/en/questions")
    links = [link for link in page.one("main").iter(f"{HTML}a") if link.get("href").startswith("#")]
    assert [link.get("href") for link in links] == [f"#{slug}" for slug in SLUGS]
    for link in links:
        assert link.text == page.by_id(link.get("href")[1:]).text


def test_the_address_that_a_question_once_had_leads_to_its_anchor(deployment: Deployment) -> None:
    for slug in SLUGS:
        response = deployment.client.raw("GET", f"/ko/questions/{slug}")
        assert (response.status_code, response.location) == (301, f"/ko/questions#{slug}")


def test_an_unknown_question_is_not_found(deployment: Deployment) -> None:
    assert deployment.client.get("/en/questions/base").status == 404


def test_the_questions_are_structured_data(deployment: Deployment) -> None:
    page = deployment.client.get("/en/questions")
    assert page.one("main").get("itemtype") == "https://schema.org/FAQPage"
    questions = [one for one in page.root.iter() if one.get("itemtype") == "https://schema.org/Question"]
    assert len(questions) == len(SLUGS)
    for question in questions:
        names = [one for one in question.iter() if one.get("itemprop") == "name"]
        answers = [one for one in question.iter() if one.get("itemtype") == "https://schema.org/Answer"]
        texts = [one for one in answers[0].iter() if one.get("itemprop") == "text"]
        assert len(names) == len(answers) == len(texts) == 1
        assert "".join(texts[0].itertext()).strip()
