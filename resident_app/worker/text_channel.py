"""Text messages to residents: sent once, and never to a number that wants none."""

from datetime import timedelta

from sqlalchemy import Engine

from ivr.carrier.client import CarrierClient, CarrierError
from resident_app.casework.messages.delivery import claim
from resident_app.casework.messages.outbox import DeliveryError
from resident_app.casework.messages.templates import TEXT_END
from resident_app.contact_points import can_be_texted
from resident_app.database import writing
from resident_app.languages import SOURCE, Languages
from resident_app.worker.channels import Delivery, NotDelivered
from resident_app.worker.inbound import InboundProcessor

_CLOCKS_DIFFER = timedelta(minutes=2)

# Of https://www.twilio.com/docs/api/errors, what says more than that it is refused.
_TROUBLE = {
    21211: DeliveryError.NOT_A_NUMBER,
    21217: DeliveryError.NOT_A_NUMBER,
    21408: DeliveryError.NOT_A_NUMBER,
    21610: DeliveryError.WANTS_NONE,
    21612: DeliveryError.NOT_A_NUMBER,
    21614: DeliveryError.NOT_A_NUMBER,
}


class TextChannel:
    """Sends text messages by the phone provider."""

    def __init__(
        self, engine: Engine, provider: CarrierClient, replies: InboundProcessor, languages: Languages
    ):
        self._engine = engine
        self._provider = provider
        self._replies = replies
        self._languages = languages

    def deliver(self, delivery: Delivery) -> str:
        """Send a text message; the provider's id of it. Raises NotSent."""
        to = delivery.message.to
        if not can_be_texted(to):
            raise NotDelivered(DeliveryError.NOT_A_NUMBER, passing=False)
        body = self._words(delivery)
        if delivery.uncertain and (found := self._earlier(delivery, body)):
            return found
        if self._replies.wants_no_texts(to):
            raise NotDelivered(DeliveryError.WANTS_NONE, passing=False)
        try:
            return self._provider.text(to, body, delivery.key)
        except CarrierError as error:
            raise _not_sent(error, delivery.uncertain) from None

    def _earlier(self, delivery: Delivery, body: str) -> str:
        """The provider's id of this message, if an earlier attempt sent it.

        A provider that honours keys would send it only once anyway; others are asked what they have.
        Raises NotSent: while they do not say, it is not sent again.
        """
        try:
            found = self._provider.find_texts(delivery.message.to, body, delivery.queued_at - _CLOCKS_DIFFER)
        except CarrierError:
            raise NotDelivered(DeliveryError.UNCERTAIN, passing=True) from None
        for provider_id in found:
            with writing(self._engine) as connection:
                if claim(connection, delivery.key, provider_id):
                    return provider_id
        return ""

    def _words(self, delivery: Delivery) -> str:
        language = self._languages.get(delivery.message.language) or self._languages[SOURCE]
        return f"{delivery.message.body} {language.text(TEXT_END)}"


def _not_sent(error: CarrierError, uncertain: bool) -> NotDelivered:
    """What was uncertain before stays so, whatever the provider says now."""
    if error.status in (401, 403, 429):
        trouble = DeliveryError.TOO_BUSY if error.status == 429 else DeliveryError.NOT_LET_IN
        return NotDelivered(DeliveryError.UNCERTAIN if uncertain else trouble, passing=True)
    if 400 <= error.status < 500:
        return NotDelivered(_TROUBLE.get(error.code, DeliveryError.REFUSED), passing=False)
    never_asked = not error.status and not error.may_be_done and not uncertain
    return NotDelivered(DeliveryError.UNREACHABLE if never_asked else DeliveryError.UNCERTAIN, passing=True)
