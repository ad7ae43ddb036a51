"""What app notebooks share: pictures with alternative texts, tables, controls, states, two languages.

The folder `share` beside this package holds the page around them, Voila's template ``datahall``.
"""

from .layout import Board, Problem, View
from .pictures import Picture, draw_picture
from .tables import Table, draw_table
from .words import has_chinese_font, read_language, say, say_in_picture, use_chinese_font

__all__ = [
    "Board",
    "Picture",
    "Problem",
    "Table",
    "View",
    "draw_picture",
    "draw_table",
    "has_chinese_font",
    "read_language",
    "say",
    "say_in_picture",
    "use_chinese_font",
]
