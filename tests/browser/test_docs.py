"""Try it out in /docs, as it is prefilled, with a picture: every picture route finds the face."""

import json

import httpx
import pytest

from tests.paths import SAMPLES

_PICTURE = str(SAMPLES / "obama_portrait_2012.jpg")
_COLLECTION = "try-it-out"


@pytest.fixture(scope="module")
def collection(product):
    with httpx.Client(base_url=product.url, timeout=60) as client:
        client.post("/v1/collections", json={"id": _COLLECTION}).raise_for_status()
        client.post(f"/v1/collections/{_COLLECTION}/subjects", json={"id": "barack"}).raise_for_status()
        yield _COLLECTION
        client.delete(f"/v1/collections/{_COLLECTION}").raise_for_status()


def executed(page, tag, operation, pictures=1, whose="", **parameters):
    """The answer's block of an operation that is tried out with nothing filled in but its pictures, people and path."""
    block = page.locator(f"#operations-{tag}-{operation}")
    block.locator(".opblock-summary-control").click()
    block.locator("button.try-out__btn").click()
    for name, value in parameters.items():
        block.locator(f"tr[data-param-name={name}] input").fill(value)
    files = block.locator("input[type=file]")
    for index in range(pictures):
        files.nth(index).set_input_files(_PICTURE)
    if whose:
        block.locator("tr[data-property-name=subjects] input[type=text]").first.fill(whose)
    block.locator("button.execute").click()
    return block.locator(".live-responses-table .response")


def tried(page, tag, operation, **filled):
    """The answer, which is JSON, of an operation that is tried out."""
    answer = executed(page, tag, operation, **filled)
    answer.locator("pre.microlight, .highlight-code pre, pre").first.wait_for()
    return json.loads(answer.locator(".highlight-code pre, pre.microlight").first.inner_text())


@pytest.mark.parametrize("operation", ["detect", "analyze", "embed"])
def test_trying_out_an_analysis_finds_the_face(portal, operation):
    page = portal("/docs", content=".opblock")

    answer = tried(page, "analysis", operation)

    assert len(answer["faces"]) == 1, answer


def test_trying_out_a_batch_analyses_the_picture(portal):
    page = portal("/docs", content=".opblock")

    (result,) = tried(page, "analysis", "analyze_batch")["results"]
    assert len(result["analyzed"]["faces"]) == 1, result


def test_trying_out_a_redaction_shows_the_picture(portal):
    page = portal("/docs", content=".opblock")

    answer = executed(page, "analysis", "redact")
    answer.locator("img").wait_for()
    assert "x-faces-redacted: 1" in answer.inner_text()


def test_trying_out_a_comparison_finds_the_person_on_the_same_picture(portal):
    page = portal("/docs", content=".opblock")

    answer = tried(page, "verification", "compare", pictures=2)
    assert answer["results"][0]["faces"][0]["match"], answer


def test_trying_out_a_verification_says_that_a_picture_shows_the_person_it_shows(portal):
    page = portal("/docs", content=".opblock")

    assert tried(page, "verification", "verify", pictures=2)["verified"]


def test_trying_out_an_enrolment_and_an_identification_finds_the_person(portal, collection):
    page = portal("/docs", content=".opblock")

    enrolled = tried(page, "faces", "enrol", collection=collection, subject="barack")
    assert enrolled["subject"] == "barack", enrolled
    several = tried(page, "faces", "enrol_many", collection=collection, whose="barack")
    assert several["results"][0]["enrolled"]["warnings"] == ["duplicate-picture"], several
    found = tried(page, "collections", "identify", collection=collection)
    assert found["faces"][0]["decision"] == "match", found
