from typing import NamedTuple
class Case(NamedTuple):
    module: object
LANGUAGE = {}
