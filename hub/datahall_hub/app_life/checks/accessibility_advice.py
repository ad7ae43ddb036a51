"""How to mend what axe-core finds, by its rules, in our own words; those that apps break most often."""

from __future__ import annotations

from .marking import N_

ADVICE = {
    "color-contrast": N_("Choose a darker text or a lighter ground: 4.5 to 1 at least, 3 to 1 for large letters."),
    "image-alt": N_("Say in `alt` what the picture shows; leave it empty where the picture adds nothing."),
    "svg-img-alt": N_("Give the drawing a `<title>` that says what it shows."),
    "role-img-alt": N_("Say in `aria-label` what the picture shows."),
    "select-name": N_("Give each list to choose from a `description`, which says what is chosen."),
    "label": N_("Give each field a `description`, which says what belongs into it."),
    "button-name": N_("Give each button a `description`, which says what it does."),
    "link-name": N_("Write into each link where it leads."),
    "frame-title": N_("Do without frames; or give each a `title`."),
    "scrollable-region-focusable": N_('Let it be as wide and as tall as it is, or add `tabindex="0"` to what scrolls.'),
    "list": N_("Put `<li>` alone into `<ul>` and `<ol>`."),
    "listitem": N_("Put each `<li>` into a `<ul>` or `<ol>`."),
    "heading-order": N_("Begin with headings of the second level (##), and leave out no level below."),
    "empty-heading": N_("Write something into each heading, or take it out."),
    "duplicate-id-aria": N_("Use each `id` once on the page."),
    "td-headers-attr": N_("Name only header cells of the same table in `headers`."),
    "th-has-data-cells": N_("Use `<th>` only for headings that cells belong to."),
    "nested-interactive": N_("Put no link or button into another one."),
    "html-lang-valid": N_("Name languages as en or zh-Hans."),
    "valid-lang": N_("Name languages as en or zh-Hans."),
    "region": N_("Close every element that the app opens, and none that it has not opened."),
    "other": N_("The page of axe-core about this rule says how; a reviewer can help."),
}
