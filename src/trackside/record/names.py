"""Names for runs that were given none: two words and a number, such as `brisk-heron-12`."""

import random

_MANNERS = """
    able amber bold brave brisk bright calm clear clever cosy crisp deft eager early fair fleet fond frank fresh
    gentle glad golden grand green happy hardy honest jolly keen kind light lively lucid lunar mellow merry mild
    neat nimble noble patient plain polite proud quick quiet rapid ready ruby sage sharp silent silver sleek
    smooth snowy solar solid spry steady still strong sturdy sunny swift tidy tranquil vivid warm wild wise
    witty zesty
"""
_ANIMALS = """
    badger bear beaver bison bittern bobcat crane curlew deer dipper dolphin dove dunlin eagle egret eider elk
    falcon ferret finch fox gannet gecko goose grebe grouse gull hare harrier hawk heron hoopoe ibex ibis
    jackdaw jay kestrel kite koala lark lemur linnet lynx magpie marten martin merlin mole moose newt nuthatch
    ocelot orca oriole osprey otter owl panda petrel pipit plover puffin quail raven robin salmon seal serin
    shrew siskin skua snipe sparrow stoat stork swan swift tapir teal tern thrush tiger toad trout turtle vole
    wagtail walrus weasel whale wren yak
"""


def generate() -> str:
    """A new name. Its randomness is not the script's: a seeded script neither repeats names nor sees other numbers."""
    chance = random.SystemRandom()
    return f"{chance.choice(_MANNERS.split())}-{chance.choice(_ANIMALS.split())}-{chance.randrange(1, 100)}"
