"""Text messages to residents: sent once, and never to a number that opted out."""

from datetime import timedelta

from sqlalchemy import Engine

from ivr.carrier.client import CarrierClient, CarrierError, text_status_url
from resident_app.casework.messages.delivery import claim
from resident_app.casework.messages.templates import TEXT_END
from resident_app.contact_points import can_be_texted
from resident_app.database import writing
from resident_app.intake.message_tables import DeliveryError
from resident_app.languages import SOURCE, Languages
from resident_app.worker.channels import Delivery, NotDelivered
from resident_app.worker.inbound import InboundProcessor

_CLOCK_DIFFERENCE = timedelta(minutes=2)

# The codes of https://www.twilio.com/docs/api/errors that say more than that the message is refused.
_ERRORS = {
    21211: DeliveryError.NOT_A_NUMBER,
    21217: DeliveryError.NOT_A_NUMBER,
    21408: DeliveryError.NOT_A_NUMBER,
    21610: DeliveryError.OPTED_OUT,
    21612: DeliveryError.NOT_A_NUMBER,
    21614: DeliveryError.NOT_A_NUMBER,
}


class TextChannel:
    """Sends text messages through the phone provider."""

    def __init__(
        self,
        engine: Engine,
        carrier: CarrierClient,
        inbound: InboundProcessor,
        languages: Languages,
        base_url: str,
    ):
        """`base_url` is the public address: the public process takes the carrier's reports."""
        self._engine = engine
        self._base_url = base_url
        self._carrier = carrier
        self._inbound = inbound
        self._languages = languages

    def deliver(self, delivery: Delivery) -> str:
        """Send a text message and return the provider's id of it. Raises NotDelivered."""
        to = delivery.message.to
        if not can_be_texted(to):
            raise NotDelivered(DeliveryError.NOT_A_NUMBER, is_temporary=False)
        body = self._words(delivery)
        if delivery.uncertain and (found := self._find_earlier(delivery, body)):
            return found
        if self._inbound.has_opted_out(to):
            raise NotDelivered(DeliveryError.OPTED_OUT, is_temporary=False)
        try:
            status_url = text_status_url(self._base_url, delivery.message.language)
            return self._carrier.text(to, body, status_url, delivery.key)
        except CarrierError as error:
            raise _not_delivered(error, delivery.uncertain) from None

    def _find_earlier(self, delivery: Delivery, body: str) -> str:
        """Return the provider's id of this message if an earlier try sent it, or an empty string.

        A provider that honors idempotency keys would send it only once anyway. Others are asked what they
        have. Raises NotDelivered: as long as they do not answer, the message is not sent again.
        """
        try:
            found = self._carrier.find_texts(
                delivery.message.to, body, delivery.queued_at - _CLOCK_DIFFERENCE
            )
        except CarrierError:
            raise NotDelivered(DeliveryError.UNCERTAIN, is_temporary=True) from None
        for provider_id in found:
            with writing(self._engine) as connection:
                if claim(connection, delivery.key, provider_id):
                    return provider_id
        return ""

    def _words(self, delivery: Delivery) -> str:
        language = self._languages.get(delivery.message.language) or self._languages[SOURCE]
        return f"{delivery.message.body} {language.text(TEXT_END)}"


def _not_delivered(failure: CarrierError, uncertain: bool) -> NotDelivered:
    """Translate the provider's failure. What was uncertain before stays uncertain."""
    if failure.status in (401, 403, 429):
        error = DeliveryError.TOO_BUSY if failure.status == 429 else DeliveryError.NOT_LET_IN
        return NotDelivered(DeliveryError.UNCERTAIN if uncertain else error, is_temporary=True)
    if 400 <= failure.status < 500:
        return NotDelivered(_ERRORS.get(failure.code, DeliveryError.REFUSED), is_temporary=False)
    never_asked = not failure.status and not failure.may_be_done and not uncertain
    error = DeliveryError.UNREACHABLE if never_asked else DeliveryError.UNCERTAIN
    return NotDelivered(error, is_temporary=True)
