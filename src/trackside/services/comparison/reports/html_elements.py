"""HTML made of elements, so that nothing that came out of a run can be taken for markup.

Text is escaped where the document is written, and what a terminal or a browser would act on is made visible.
"""

from xml.etree.ElementTree import Element, tostring

from trackside.model.visible import visible


def element(tag: str, /, *inside: Element | str, **attributes: str) -> Element:
    """An element with text and other elements inside. `class_` is the attribute class, `text_anchor` text-anchor."""
    made = Element(tag, {key.rstrip("_").replace("_", "-"): visible(value) for key, value in attributes.items()})
    for part in inside:
        append(made, part)
    return made


def append(to: Element, part: Element | str) -> None:
    """Put an element, or text, behind all that is inside another."""
    if isinstance(part, Element):
        to.append(part)
    elif len(to):
        to[-1].tail = (to[-1].tail or "") + visible(part)
    else:
        to.text = (to.text or "") + visible(part)


def document(title: str, style: str, *body: Element) -> str:
    """A whole page that loads nothing and runs nothing, whatever is in it."""
    head = element(
        "head",
        element("meta", charset="utf-8"),
        element("meta", http_equiv="Content-Security-Policy", content="default-src 'none'; style-src 'unsafe-inline'"),
        element("meta", name="viewport", content="width=device-width, initial-scale=1"),
        element("title", title),
    )
    rules = Element("style")
    rules.text = style
    head.append(rules)
    page = element("html", head, element("body", *body), lang="en")
    return f"<!DOCTYPE html>\n{tostring(page, encoding='unicode', method='html')}\n"
