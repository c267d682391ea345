"""The phone line: a call is a pure state machine, and TwiML is only its rendering."""
