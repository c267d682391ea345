"""What an officer is told when something is not done."""

from resident_app.outreach.cases import deeds

_WORDS: dict[type[deeds.Refused], str] = {
    deeds.Gone: "The request is gone: its sender erased it, or its time was over.",
    deeds.ChangedMeanwhile: (
        "Somebody changed this request while you were working. What you wrote is still below: "
        "look at the timeline, then send it again."
    ),
    deeds.NotThatWay: "A request in this state cannot go to that one.",
    deeds.NoReason: "Say why: a closed request needs an outcome, a reopened one a few words.",
    deeds.NotToBeContacted: (
        "This person must not be contacted this way: there is no number or address for it, "
        "it was removed, or they asked to erase the request."
    ),
    deeds.CannotBeRead: "This request does not open with the office's keys.",
    deeds.NotOneRequest: "These two requests cannot be merged.",
}


def in_words(refused: deeds.Refused) -> str:
    return _WORDS[type(refused)]
