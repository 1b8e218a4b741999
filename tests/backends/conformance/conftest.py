"""Each test of this folder is run over every backend."""

import pytest

from subjects import SUBJECTS, Subject


@pytest.fixture(params=SUBJECTS, ids=lambda subject: subject.name)
def subject(request: pytest.FixtureRequest) -> Subject:
    """A backend with its pretend platform."""
    return request.param
