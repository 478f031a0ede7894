import itertools

import pytest

from speech.coffee import CLASSES, is_whole, orders, slots_of


def test_an_order_is_read_back_slot_by_slot():
    text = "can i get a large light roast iced coffee with a bit of brown sugar and some soy milk"
    assert slots_of(text) == {
        "size": "large",
        "roast": "light roast",
        "coffeeDrink": "iced coffee",
        "sugarAmount": "a bit of brown sugar",
        "milkAmount": "some soy milk",
    }


def test_a_medium_roast_is_no_size():
    assert slots_of("make me a medium roast latte") == {
        "roast": "medium roast",
        "coffeeDrink": "latte",
    }
    assert slots_of("brew a medium medium roast mocha")["size"] == "medium"


@pytest.mark.parametrize(
    ("heard", "whole"),
    [
        ("get me a small mocha", True),
        ("get me small mocha", True),
        ("get me a mocha", False),
        ("get me a small mocha with milk", False),
        ("get me a small iced mocha", False),
    ],
)
def test_an_order_is_whole_when_every_slot_is_right_and_none_is_added(heard, whole):
    assert is_whole(heard, {"size": "small", "coffeeDrink": " mocha"}) is whole


def test_drawn_orders_name_one_drink_and_use_every_word_of_the_language():
    drawn = list(orders(3000, seed=1))
    assert all(slots_of(text)["coffeeDrink"] for text in drawn)
    said = " ".join(drawn)
    assert all(value in said for value in itertools.chain.from_iterable(CLASSES.values()))
