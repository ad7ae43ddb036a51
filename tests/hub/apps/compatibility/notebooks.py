"""Ten notebooks of the shapes that people publish with Voila, as cells; nothing in them knows of a hall.

Ordinary cells are texts of code. Each notebook has something to move, and says in words what has come of it.
"""

from __future__ import annotations

from typing import Any

import nbformat

EVERY_WIDGET = [
    """
import datetime, io, wave
import ipywidgets as w

noon = datetime.datetime(2024, 2, 29, 12, tzinfo=datetime.timezone.utc)
sound = io.BytesIO()
with wave.open(sound, "wb") as file:
    file.setnchannels(1)
    file.setsampwidth(1)
    file.setframerate(8000)
    file.writeframes(bytes([128]) * 800)
PIXEL = b'<svg xmlns="http://www.w3.org/2000/svg" width="40" height="40"><rect width="40" height="40"/></svg>'
DAYS = ["Monday", "Tuesday", "Wednesday"]


def word(text):
    return w.Label(text)
""",
    """
given = {
    w.Accordion: {"children": [word("folded")], "titles": ("A fold",), "selected_index": 0},
    w.Audio: {"value": sound.getvalue(), "format": "wav", "autoplay": False, "loop": False},
    w.BoundedFloatText: {"value": 7.5, "max": 10.0},
    w.BoundedIntText: {"value": 7, "max": 10},
    w.Box: {"children": [word("in a box")]},
    w.Button: {"description": "Press", "icon": "check"},
    w.ColorPicker: {"value": "#336699"},
    w.ColorsInput: {"value": ["red", "#00ff00"]},
    w.Combobox: {"options": DAYS, "placeholder": "a day"},
    w.DatePicker: {"value": noon.date()},
    w.DatetimePicker: {"value": noon},
    w.Dropdown: {"options": DAYS},
    w.FloatsInput: {"value": [1.5, 2.5]},
    w.GridBox: {"children": [word("a"), word("b")], "layout": {"grid_template_columns": "50% 50%"}},
    w.HBox: {"children": [word("left"), word("right")]},
    w.HTML: {"value": "<b>bold</b>"},
    w.HTMLMath: {"value": "<i>half</i> $\\\\frac{1}{2}$"},
    w.Image: {"value": PIXEL, "format": "svg+xml"},
    w.IntsInput: {"value": [1, 2]},
    w.Label: {"value": "a label"},
    w.NaiveDatetimePicker: {"value": noon.replace(tzinfo=None)},
    w.RadioButtons: {"options": DAYS},
    w.Select: {"options": DAYS},
    w.SelectMultiple: {"options": DAYS, "value": ["Monday"]},
    w.SelectionRangeSlider: {"options": DAYS},
    w.SelectionSlider: {"options": DAYS},
    w.Stack: {"children": [word("below"), word("on top")], "selected_index": 1},
    w.Tab: {"children": [word("first page"), word("second page")], "titles": ("One", "Two")},
    w.TagsInput: {"value": ["rain", "snow"], "allowed_tags": ["rain", "snow", "fog"]},
    w.Text: {"value": "some text"},
    w.Textarea: {"value": "some lines"},
    w.TimePicker: {"value": noon.time()},
    w.ToggleButton: {"description": "Toggle"},
    w.ToggleButtons: {"options": DAYS},
    w.VBox: {"children": [word("above"), word("under")]},
    w.Video: {"value": b"", "autoplay": False, "loop": False},
}
kinds = {name: kind for name, kind in vars(w).items() if isinstance(kind, type) and issubclass(kind, w.DOMWidget)}
kinds = sorted(kinds.values(), key=lambda kind: -len(kind.mro()))  # a Box before what is made of one
kinds = {kind._model_name.default_value: kind for kind in kinds if kind._view_name.default_value}
made = {}
for name, kind in sorted(kinds.items()):
    wishes = dict(given.get(kind, {}))
    if "description" in kind.class_trait_names() and kind not in (w.Button, w.ToggleButton):
        wishes["description"] = f"A {kind.__name__}"
    made[name] = kind(**wishes)
    made[name].add_class(f"kind-{name}")
made["OutputModel"].append_stdout("put out\\n")
report = w.HTML("at 0")
report.add_class("report")
made["IntSliderModel"].observe(lambda change: setattr(report, "value", f"at {change['new']}"), "value")
grid = w.GridspecLayout(2, 2, height="120px")
grid[0, :] = w.Button(description="Above both")
grid[1, 0], grid[1, 1] = w.Label("grid left"), w.Label("grid right")
framed = w.AppLayout(header=w.Label("the head"), center=w.Label("the middle"), left_sidebar=None, right_sidebar=None)
w.VBox([report, *made.values(), grid, framed])
""",
]
OUTPUT_AREAS = [
    """
import ipywidgets as w
from IPython.display import HTML, clear_output, display

out, captured, streamed = (w.Output() for _ in range(3))
button = w.Button(description="Go on")
count = 0


@captured.capture(clear_output=True, wait=True)
def tell(number):
    print("captured", number)
    display(HTML(f"<em>emphasis {number}</em>"))


def go_on(_):
    global count
    count += 1
    with out:
        clear_output(wait=True)
        print("replaced", count)
    tell(count)
    streamed.append_stdout(f"streamed {count}\\n")


button.on_click(go_on)
""",
    "with out:\n    print('first words')\n    display(w.Label('a widget in an output'))",
    "tell(0)\nstreamed.append_stdout('streamed 0\\n')",
    "display(button, out)",
    "display(w.VBox([captured, streamed]))",
    "print('printed by a cell')",
]
DRAWN_INLINE = [
    """
%matplotlib inline
import ipywidgets as w
import matplotlib.pyplot as plt
import pandas as pd
from IPython.display import display

plt.figure(figsize=(4, 3))
plt.plot([1, 4, 9])
plt.title("Squares")
plt.show()
""",
    "fig, ax = plt.subplots(figsize=(4, 3))\nax.bar(['a', 'b'], [1, 2]);",
    "pd.DataFrame({'city': ['Beijing', 'Shanghai'], 'people': [21, 24]})",
    """
power = w.Dropdown(options=[2, 3], description="Power")
drawn = w.Output()
drawn.add_class("drawn")


def draw(change=None):
    with drawn:
        drawn.clear_output(wait=True)
        figure, axes = plt.subplots(figsize=(4, 3))
        axes.plot([x**power.value for x in range(10)])
        plt.show()


power.observe(draw, "value")
draw()
w.VBox([power, drawn])
""",
]
# ipympl is no part of a hall; what people do without it: redraw one figure, and show its canvas in an Image.
DRAWN_ON_CHANGE = [
    """
import io
import ipywidgets as w
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

figure = Figure(figsize=(4, 3))
canvas = FigureCanvasAgg(figure)
axes = figure.subplots()
(line,) = axes.plot(range(10), range(10))
axes.set_ylim(0, 100)
image, slope = w.Image(format="png"), w.FloatSlider(value=1, max=10, description="Slope")
image.add_class("drawn")


def redraw(change=None):
    line.set_ydata([slope.value * x for x in range(10)])
    canvas.draw()
    file = io.BytesIO()
    canvas.print_png(file)
    image.value = file.getvalue()


slope.observe(redraw, "value")
redraw()
w.VBox([slope, image])
""",
]
INTERACTING = [
    "from ipywidgets import fixed, interact, interact_manual, interactive, interactive_output\nimport ipywidgets as w",
    "@interact(n=(0, 10), word=['red', 'green'], loud=False)\n"
    "def repeat(n=2, word='red', loud=False):\n    print((word.upper() if loud else word) * n)",
    "interactive(lambda a, b: print('sum', a + b), a=w.IntSlider(3, description='first'), b=fixed(4))",
    "@interact_manual(text='nobody')\ndef greet(text):\n    return f'Good day, {text}'",
    "side = w.IntSlider(4, description='side')\n"
    "w.VBox([side, interactive_output(lambda side: print('area', side * side), {'side': side})])",
]
THREADS = [
    """
import asyncio, threading, time
import ipywidgets as w

bar, clock = w.IntProgress(max=5, description="Done"), w.Label("ticks 0")
told, button = w.HTML("waits"), w.Button(description="Work")
told.add_class("told")
later = w.HTML("not yet")
later.add_class("later")


def tick():
    for number in range(1, 2000):
        time.sleep(0.1)
        clock.value = f"ticks {number}"


def work():
    for step in range(5):
        time.sleep(0.1)
        bar.value = step + 1
        told.value = f"step {step + 1}"
    told.value = "finished"


async def wait():
    await asyncio.sleep(0.3)
    later.value = "awaited"


def begin(_):
    threading.Thread(target=work).start()
    asyncio.get_running_loop().create_task(wait())


button.on_click(begin)
""",
    "threading.Thread(target=tick, daemon=True).start()",
    "clock.add_class('clock')\nw.VBox([button, bar, told, later, clock])",
]
FILES = [
    """
import base64
import ipywidgets as w
from IPython.display import HTML, display

upload = w.FileUpload(accept=".csv", multiple=True, description="Upload")
told, made = w.HTML("nothing came"), w.HTML()
told.add_class("told")


def link(name, content):
    address = "data:text/csv;base64," + base64.b64encode(content).decode()
    return f'<a download="{name}" href="{address}">Save {name}</a>'


def take(change):
    told.value = " ".join(f"{file.name} {len(file.content)}" for file in change["new"])


def make(_):
    made.value = link("made.csv", b"line\\n" * 100_000)


upload.observe(take, "value")
button = w.Button(description="Make a file")
button.on_click(make)
""",
    "display(HTML(link('shown.csv', 'line,天\\n'.encode())))",
    "w.VBox([upload, told, button, made])",
]
FAILING = [
    "from IPython.display import HTML, display\nimport ipywidgets as w",
    "display(HTML('<style>.mine { color: rgb(1, 2, 3); border-left: 7px solid }</style><p class=\"mine\">styled</p>'))",
    "w.Label('before it')",
    "place = '/srv/secret/place'\nopen(place)",
    "w.Label('after it')",
]
# What goes wrong later, and what a notebook lets go wrong in an Output.
STUMBLING = [
    *FAILING[:2],
    """
out, told = w.Output(), w.HTML("all well")
out.add_class("stumbled")
told.add_class("told")
steps = w.IntSlider(description="Steps")


def stumble(change):
    told.value = f"step {change['new']}"
    with out:
        open("/srv/secret/place")
    raise RuntimeError("/srv/secret/other")


steps.observe(stumble, "value")
display(HTML("<style>.told { font-weight: 700; color: rgb(4, 5, 6) }</style>"))
w.VBox([steps, told, out])
""",
]


def write_markdown(text: str) -> Any:
    """Return a cell of markdown."""
    return nbformat.v4.new_markdown_cell(text)


MANY_CELLS = [
    "import ipywidgets as w\nlevel = w.IntSlider(description='Level')\nlabels = []",
    *(
        cell
        for number in range(1, 60)
        for cell in (
            write_markdown(f"## Part {number}\n\nWords of part {number}."),
            f"labels.append(w.Label('level 0 in part {number}'))\nlabels[-1]",
        )
    ),
    """
def follow(change):
    for number, label in enumerate(labels, 1):
        label.value = f"level {change['new']} in part {number}"


level.observe(follow, "value")
level
""",
]
MATHEMATICS = [
    write_markdown(
        "# On waves\n\nMass and energy: $E = mc^2$, and a sum:\n\n$$\\sum_{k=1}^{n} k = \\frac{n(n+1)}{2}$$"
    ),
    write_markdown("| symbol | is |\n|---|---|\n| $\\lambda$ | length |\n\n`code` and \\$5 stay as they are."),
    "import ipywidgets as w\nfrom IPython.display import Latex, Markdown, Math, display",
    "display(Math(r'\\sqrt{2}'), Latex(r'$\\alpha + \\beta$'), Markdown('Shown: $\\\\gamma$'))",
    """
power = w.IntSlider(value=2, max=9, description="Power")
formula = w.HTMLMath("value $x^2$")
formula.add_class("formula")
power.observe(lambda change: setattr(formula, "value", f"value $x^{change['new']}$"), "value")
w.VBox([power, formula])
""",
]
