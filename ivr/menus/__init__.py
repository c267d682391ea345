"""The menus of the phone line, a module each, and the call graph that they form."""

from ivr.call import Node
from ivr.menus import (
    call_back,
    check,
    language,
    main,
    person,
    questions,
    request_status,
    silent,
    text_message,
)
from ivr.menus.menu import Menu

GRAPH: dict[Node, Menu] = {
    menu.node: menu
    for module in (language, main, check, person, call_back, request_status, text_message, questions, silent)
    for menu in module.MENUS
}
"""Every menu by its node."""
