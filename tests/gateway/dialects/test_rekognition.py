"""The real boto3 against a real server, unchanged but for its endpoint."""

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

pytestmark = pytest.mark.timeout(300)


def client_of(url, key="anonymous"):
    return boto3.client(
        "rekognition",
        endpoint_url=f"{url}/rekognition",
        region_name="us-east-1",
        aws_access_key_id=key,
        aws_secret_access_key="unused",
        config=Config(retries={"max_attempts": 1}, read_timeout=60),
    )


@pytest.fixture(scope="module")
def aws(server):
    return client_of(server)


@pytest.fixture
def collection(aws, request):
    name = request.node.name[:100].replace("[", "-").replace("]", "")
    aws.create_collection(CollectionId=name)
    yield name
    aws.delete_collection(CollectionId=name)


def index(aws, collection, picture, **more):
    return aws.index_faces(CollectionId=collection, Image={"Bytes": picture}, **more)["FaceRecords"]


def code_of(raised):
    return raised.value.response["Error"]["Code"]


def test_detect_faces_describes_a_face_in_ratios_of_the_picture(aws, photo):
    (face,) = aws.detect_faces(Image={"Bytes": photo("obama_portrait_2012")}, Attributes=["ALL"])[
        "FaceDetails"
    ]

    box = face["BoundingBox"]
    assert 0 < box["Left"] < box["Left"] + box["Width"] < 1
    assert face["Gender"]["Value"] == "Male"
    assert face["AgeRange"]["Low"] <= 51 <= face["AgeRange"]["High"]
    assert face["Emotions"][0]["Type"] == "HAPPY"
    assert face["Smile"]["Value"]
    assert face["EyesOpen"]["Value"]
    landmarks = {mark["Type"]: mark for mark in face["Landmarks"]}
    assert landmarks["eyeLeft"]["X"] < landmarks["nose"]["X"] < landmarks["eyeRight"]["X"]
    assert landmarks["leftEyeLeft"]["X"] < landmarks["leftEyeRight"]["X"]


def test_detect_faces_says_only_what_is_asked(aws, photo):
    (face,) = aws.detect_faces(Image={"Bytes": photo("obama_portrait_2012")})["FaceDetails"]

    assert {"BoundingBox", "Confidence", "Landmarks", "Pose", "Quality"} == set(face)


def test_compare_faces_finds_the_person_among_eleven(aws, photo):
    found = aws.compare_faces(
        SourceImage={"Bytes": photo("obama_portrait_2012")},
        TargetImage={"Bytes": photo("cabinet_meeting_2013")},
    )

    (match,) = found["FaceMatches"]
    assert match["Similarity"] > 90
    assert len(found["UnmatchedFaces"]) >= 8


def test_an_indexed_face_is_found_by_picture_and_by_id_and_is_gone_when_deleted(aws, photo, collection):
    (record,) = index(aws, collection, photo("obama_portrait_2012"), ExternalImageId="portrait")
    others = index(aws, collection, photo("cabinet_meeting_2013"), MaxFaces=5)
    face_id = record["Face"]["FaceId"]

    by_picture = aws.search_faces_by_image(
        CollectionId=collection, Image={"Bytes": photo("obama_portrait_2012")}
    )
    assert by_picture["FaceMatches"][0]["Face"]["FaceId"] == face_id
    assert by_picture["FaceMatches"][0]["Face"]["ExternalImageId"] == "portrait"
    by_id = aws.search_faces(CollectionId=collection, FaceId=face_id)["FaceMatches"]
    assert face_id not in {match["Face"]["FaceId"] for match in by_id}
    listed = aws.list_faces(CollectionId=collection)["Faces"]
    assert {face["FaceId"] for face in listed} == {face_id, *(r["Face"]["FaceId"] for r in others)}
    described = aws.describe_collection(CollectionId=collection)
    assert described["FaceCount"] == 1 + len(others)
    assert described["UserCount"] == 0

    gone = aws.delete_faces(CollectionId=collection, FaceIds=[face_id, "0" * 8])
    assert gone["DeletedFaces"] == [face_id]
    assert gone["UnsuccessfulFaceDeletions"][0]["FaceId"] == "0" * 8
    assert face_id not in {face["FaceId"] for face in aws.list_faces(CollectionId=collection)["Faces"]}


def test_lists_are_paged_without_a_gap(aws, photo, collection):
    index(aws, collection, photo("cabinet_meeting_2013"), MaxFaces=5, QualityFilter="NONE")

    pages = aws.get_paginator("list_faces").paginate(
        CollectionId=collection, PaginationConfig={"PageSize": 2}
    )
    found = [face["FaceId"] for page in pages for face in page["Faces"]]

    assert len(found) == len(set(found)) == 5


def test_faces_are_associated_with_a_user_who_is_then_found(aws, photo, collection):
    (record,) = index(aws, collection, photo("obama_portrait_2012"))
    stranger = index(aws, collection, photo("pearl_earring"), QualityFilter="NONE")[0]["Face"]["FaceId"]
    face_id = record["Face"]["FaceId"]
    aws.create_user(CollectionId=collection, UserId="barack")

    given = aws.associate_faces(CollectionId=collection, UserId="barack", FaceIds=[face_id])
    assert [face["FaceId"] for face in given["AssociatedFaces"]] == [face_id]
    refused = aws.associate_faces(CollectionId=collection, UserId="barack", FaceIds=[stranger])
    assert refused["UnsuccessfulFaceAssociations"][0]["Reasons"] == ["LOW_MATCH_CONFIDENCE"]

    found = aws.search_users_by_image(CollectionId=collection, Image={"Bytes": photo("obama_portrait_2012")})
    assert found["UserMatches"][0]["User"]["UserId"] == "barack"
    by_face = aws.search_users(CollectionId=collection, FaceId=stranger)
    assert by_face["UserMatches"] == []
    (theirs,) = aws.list_faces(CollectionId=collection, UserId="barack")["Faces"]
    assert theirs["FaceId"] == face_id
    assert [user["UserId"] for user in aws.list_users(CollectionId=collection)["Users"]] == ["barack"]

    aws.disassociate_faces(CollectionId=collection, UserId="barack", FaceIds=[face_id])
    aws.delete_user(CollectionId=collection, UserId="barack")
    assert aws.list_users(CollectionId=collection)["Users"] == []
    assert face_id in {face["FaceId"] for face in aws.list_faces(CollectionId=collection)["Faces"]}


def test_deleting_a_user_keeps_the_faces(aws, photo, collection):
    (record,) = index(aws, collection, photo("obama_portrait_2012"))
    aws.create_user(CollectionId=collection, UserId="barack")
    aws.associate_faces(CollectionId=collection, UserId="barack", FaceIds=[record["Face"]["FaceId"]])

    aws.delete_user(CollectionId=collection, UserId="barack")

    (kept,) = aws.list_faces(CollectionId=collection)["Faces"]
    assert "UserId" not in kept


@pytest.mark.parametrize(
    ("call", "code"),
    [
        (lambda aws: aws.detect_faces(Image={"Bytes": b"no picture"}), "InvalidImageFormatException"),
        (
            lambda aws: aws.detect_faces(Image={"S3Object": {"Bucket": "bucket", "Name": "n"}}),
            "InvalidS3ObjectException",
        ),
        (lambda aws: aws.describe_collection(CollectionId="nowhere"), "ResourceNotFoundException"),
        (lambda aws: aws.list_faces(CollectionId="nowhere"), "ResourceNotFoundException"),
        (lambda aws: aws.list_collections(NextToken="!"), "InvalidPaginationTokenException"),
        (lambda aws: aws.recognize_celebrities(Image={"Bytes": b"x"}), "UnknownOperationException"),
        (lambda aws: aws.create_collection(CollectionId="c", Tags={"a": "b"}), "InvalidParameterException"),
    ],
)
def test_what_cannot_be_done_is_an_exception_that_sdks_know(aws, call, code):
    with pytest.raises(ClientError) as raised:
        call(aws)

    assert code_of(raised) == code


def test_a_collection_is_created_once(aws, collection):
    with pytest.raises(aws.exceptions.ResourceAlreadyExistsException):
        aws.create_collection(CollectionId=collection)
    pages = aws.get_paginator("list_collections").paginate(PaginationConfig={"PageSize": 1})
    assert collection in [name for page in pages for name in page["CollectionIds"]]


def test_a_picture_without_a_face_is_no_match_but_an_exception(aws, collection):
    blank = bytes.fromhex(
        "424d3a0000000000000036000000280000000100000001000000010018000000000004000000130b0000130b00000000000000000000ffffff00"
    )

    assert index(aws, collection, blank) == []
    with pytest.raises(aws.exceptions.InvalidParameterException):
        aws.search_faces_by_image(CollectionId=collection, Image={"Bytes": blank})


def test_a_wrong_key_is_refused(server):
    with pytest.raises(ClientError) as raised:
        client_of(server, "hf_wrong").list_collections()

    assert code_of(raised) == "UnrecognizedClientException"
