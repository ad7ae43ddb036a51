"""How good a version is: measured from its rows and its card, stored with it, shown with reasons and advice.

``measuring`` asks the other modules in turn and is called by the store; ``report`` is what a person holds.
"""
