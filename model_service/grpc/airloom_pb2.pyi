import datetime

from google.protobuf import timestamp_pb2 as _timestamp_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class Cause(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    CAUSE_UNSPECIFIED: _ClassVar[Cause]
    CAUSE_INTENTS: _ClassVar[Cause]
    CAUSE_BOUGHT_TOGETHER: _ClassVar[Cause]
    CAUSE_REPEAT: _ClassVar[Cause]
    CAUSE_TITLE: _ClassVar[Cause]
    CAUSE_SEQUENCE: _ClassVar[Cause]
    CAUSE_PRICE: _ClassVar[Cause]
    CAUSE_POPULARITY: _ClassVar[Cause]
    CAUSE_REMAINING: _ClassVar[Cause]
    CAUSE_UNEXPLAINED: _ClassVar[Cause]
    CAUSE_INFERRED: _ClassVar[Cause]
CAUSE_UNSPECIFIED: Cause
CAUSE_INTENTS: Cause
CAUSE_BOUGHT_TOGETHER: Cause
CAUSE_REPEAT: Cause
CAUSE_TITLE: Cause
CAUSE_SEQUENCE: Cause
CAUSE_PRICE: Cause
CAUSE_POPULARITY: Cause
CAUSE_REMAINING: Cause
CAUSE_UNEXPLAINED: Cause
CAUSE_INFERRED: Cause

class RankRequest(_message.Message):
    __slots__ = ("user_id", "candidates", "k", "at", "request_id", "preview_variant")
    USER_ID_FIELD_NUMBER: _ClassVar[int]
    CANDIDATES_FIELD_NUMBER: _ClassVar[int]
    K_FIELD_NUMBER: _ClassVar[int]
    AT_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    PREVIEW_VARIANT_FIELD_NUMBER: _ClassVar[int]
    user_id: str
    candidates: _containers.RepeatedScalarFieldContainer[str]
    k: int
    at: _timestamp_pb2.Timestamp
    request_id: str
    preview_variant: str
    def __init__(self, user_id: _Optional[str] = ..., candidates: _Optional[_Iterable[str]] = ..., k: _Optional[int] = ..., at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., request_id: _Optional[str] = ..., preview_variant: _Optional[str] = ...) -> None: ...

class RankResponse(_message.Message):
    __slots__ = ("request_id", "experiment", "variant", "model_version", "snapshot_digest", "degraded", "items")
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    EXPERIMENT_FIELD_NUMBER: _ClassVar[int]
    VARIANT_FIELD_NUMBER: _ClassVar[int]
    MODEL_VERSION_FIELD_NUMBER: _ClassVar[int]
    SNAPSHOT_DIGEST_FIELD_NUMBER: _ClassVar[int]
    DEGRADED_FIELD_NUMBER: _ClassVar[int]
    ITEMS_FIELD_NUMBER: _ClassVar[int]
    request_id: str
    experiment: str
    variant: str
    model_version: str
    snapshot_digest: str
    degraded: _containers.RepeatedScalarFieldContainer[str]
    items: _containers.RepeatedCompositeFieldContainer[Item]
    def __init__(self, request_id: _Optional[str] = ..., experiment: _Optional[str] = ..., variant: _Optional[str] = ..., model_version: _Optional[str] = ..., snapshot_digest: _Optional[str] = ..., degraded: _Optional[_Iterable[str]] = ..., items: _Optional[_Iterable[_Union[Item, _Mapping]]] = ...) -> None: ...

class Item(_message.Message):
    __slots__ = ("object_id", "title", "price", "score", "position", "chain", "events", "cause", "text")
    OBJECT_ID_FIELD_NUMBER: _ClassVar[int]
    TITLE_FIELD_NUMBER: _ClassVar[int]
    PRICE_FIELD_NUMBER: _ClassVar[int]
    SCORE_FIELD_NUMBER: _ClassVar[int]
    POSITION_FIELD_NUMBER: _ClassVar[int]
    CHAIN_FIELD_NUMBER: _ClassVar[int]
    EVENTS_FIELD_NUMBER: _ClassVar[int]
    CAUSE_FIELD_NUMBER: _ClassVar[int]
    TEXT_FIELD_NUMBER: _ClassVar[int]
    object_id: str
    title: str
    price: float
    score: float
    position: int
    chain: _containers.RepeatedScalarFieldContainer[str]
    events: _containers.RepeatedCompositeFieldContainer[Evidence]
    cause: Cause
    text: str
    def __init__(self, object_id: _Optional[str] = ..., title: _Optional[str] = ..., price: _Optional[float] = ..., score: _Optional[float] = ..., position: _Optional[int] = ..., chain: _Optional[_Iterable[str]] = ..., events: _Optional[_Iterable[_Union[Evidence, _Mapping]]] = ..., cause: _Optional[_Union[Cause, str]] = ..., text: _Optional[str] = ...) -> None: ...

class Evidence(_message.Message):
    __slots__ = ("object_id", "title", "action", "at")
    OBJECT_ID_FIELD_NUMBER: _ClassVar[int]
    TITLE_FIELD_NUMBER: _ClassVar[int]
    ACTION_FIELD_NUMBER: _ClassVar[int]
    AT_FIELD_NUMBER: _ClassVar[int]
    object_id: str
    title: str
    action: str
    at: _timestamp_pb2.Timestamp
    def __init__(self, object_id: _Optional[str] = ..., title: _Optional[str] = ..., action: _Optional[str] = ..., at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class AskRequest(_message.Message):
    __slots__ = ("query", "user_id", "k", "at", "preview_variant", "earlier", "must", "must_not", "min_price", "max_price", "ignore", "deadline_ms")
    QUERY_FIELD_NUMBER: _ClassVar[int]
    USER_ID_FIELD_NUMBER: _ClassVar[int]
    K_FIELD_NUMBER: _ClassVar[int]
    AT_FIELD_NUMBER: _ClassVar[int]
    PREVIEW_VARIANT_FIELD_NUMBER: _ClassVar[int]
    EARLIER_FIELD_NUMBER: _ClassVar[int]
    MUST_FIELD_NUMBER: _ClassVar[int]
    MUST_NOT_FIELD_NUMBER: _ClassVar[int]
    MIN_PRICE_FIELD_NUMBER: _ClassVar[int]
    MAX_PRICE_FIELD_NUMBER: _ClassVar[int]
    IGNORE_FIELD_NUMBER: _ClassVar[int]
    DEADLINE_MS_FIELD_NUMBER: _ClassVar[int]
    query: str
    user_id: str
    k: int
    at: _timestamp_pb2.Timestamp
    preview_variant: str
    earlier: _containers.RepeatedScalarFieldContainer[str]
    must: _containers.RepeatedScalarFieldContainer[str]
    must_not: _containers.RepeatedScalarFieldContainer[str]
    min_price: float
    max_price: float
    ignore: _containers.RepeatedScalarFieldContainer[str]
    deadline_ms: int
    def __init__(self, query: _Optional[str] = ..., user_id: _Optional[str] = ..., k: _Optional[int] = ..., at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., preview_variant: _Optional[str] = ..., earlier: _Optional[_Iterable[str]] = ..., must: _Optional[_Iterable[str]] = ..., must_not: _Optional[_Iterable[str]] = ..., min_price: _Optional[float] = ..., max_price: _Optional[float] = ..., ignore: _Optional[_Iterable[str]] = ..., deadline_ms: _Optional[int] = ...) -> None: ...

class AskResponse(_message.Message):
    __slots__ = ("request_id", "experiment", "variant", "model_version", "snapshot_digest", "degraded", "source", "understood", "corrections", "relaxed", "items", "stage_ms", "clarify")
    class StageMsEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: float
        def __init__(self, key: _Optional[str] = ..., value: _Optional[float] = ...) -> None: ...
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    EXPERIMENT_FIELD_NUMBER: _ClassVar[int]
    VARIANT_FIELD_NUMBER: _ClassVar[int]
    MODEL_VERSION_FIELD_NUMBER: _ClassVar[int]
    SNAPSHOT_DIGEST_FIELD_NUMBER: _ClassVar[int]
    DEGRADED_FIELD_NUMBER: _ClassVar[int]
    SOURCE_FIELD_NUMBER: _ClassVar[int]
    UNDERSTOOD_FIELD_NUMBER: _ClassVar[int]
    CORRECTIONS_FIELD_NUMBER: _ClassVar[int]
    RELAXED_FIELD_NUMBER: _ClassVar[int]
    ITEMS_FIELD_NUMBER: _ClassVar[int]
    STAGE_MS_FIELD_NUMBER: _ClassVar[int]
    CLARIFY_FIELD_NUMBER: _ClassVar[int]
    request_id: str
    experiment: str
    variant: str
    model_version: str
    snapshot_digest: str
    degraded: _containers.RepeatedScalarFieldContainer[str]
    source: str
    understood: AskUnderstood
    corrections: _containers.RepeatedCompositeFieldContainer[AskCorrection]
    relaxed: _containers.RepeatedScalarFieldContainer[str]
    items: _containers.RepeatedCompositeFieldContainer[AskItem]
    stage_ms: _containers.ScalarMap[str, float]
    clarify: AskClarification
    def __init__(self, request_id: _Optional[str] = ..., experiment: _Optional[str] = ..., variant: _Optional[str] = ..., model_version: _Optional[str] = ..., snapshot_digest: _Optional[str] = ..., degraded: _Optional[_Iterable[str]] = ..., source: _Optional[str] = ..., understood: _Optional[_Union[AskUnderstood, _Mapping]] = ..., corrections: _Optional[_Iterable[_Union[AskCorrection, _Mapping]]] = ..., relaxed: _Optional[_Iterable[str]] = ..., items: _Optional[_Iterable[_Union[AskItem, _Mapping]]] = ..., stage_ms: _Optional[_Mapping[str, float]] = ..., clarify: _Optional[_Union[AskClarification, _Mapping]] = ...) -> None: ...

class AskClarification(_message.Message):
    __slots__ = ("question", "options")
    QUESTION_FIELD_NUMBER: _ClassVar[int]
    OPTIONS_FIELD_NUMBER: _ClassVar[int]
    question: str
    options: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, question: _Optional[str] = ..., options: _Optional[_Iterable[str]] = ...) -> None: ...

class AskUnderstood(_message.Message):
    __slots__ = ("conditions", "price", "references", "words", "unknown")
    CONDITIONS_FIELD_NUMBER: _ClassVar[int]
    PRICE_FIELD_NUMBER: _ClassVar[int]
    REFERENCES_FIELD_NUMBER: _ClassVar[int]
    WORDS_FIELD_NUMBER: _ClassVar[int]
    UNKNOWN_FIELD_NUMBER: _ClassVar[int]
    conditions: _containers.RepeatedCompositeFieldContainer[AskCondition]
    price: AskPrice
    references: _containers.RepeatedCompositeFieldContainer[AskReference]
    words: _containers.RepeatedScalarFieldContainer[str]
    unknown: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, conditions: _Optional[_Iterable[_Union[AskCondition, _Mapping]]] = ..., price: _Optional[_Union[AskPrice, _Mapping]] = ..., references: _Optional[_Iterable[_Union[AskReference, _Mapping]]] = ..., words: _Optional[_Iterable[str]] = ..., unknown: _Optional[_Iterable[str]] = ...) -> None: ...

class AskCondition(_message.Message):
    __slots__ = ("text", "values", "negated", "hard")
    TEXT_FIELD_NUMBER: _ClassVar[int]
    VALUES_FIELD_NUMBER: _ClassVar[int]
    NEGATED_FIELD_NUMBER: _ClassVar[int]
    HARD_FIELD_NUMBER: _ClassVar[int]
    text: str
    values: _containers.RepeatedScalarFieldContainer[str]
    negated: bool
    hard: bool
    def __init__(self, text: _Optional[str] = ..., values: _Optional[_Iterable[str]] = ..., negated: _Optional[bool] = ..., hard: _Optional[bool] = ...) -> None: ...

class AskPrice(_message.Message):
    __slots__ = ("low", "high", "currency", "shop_currency", "rate")
    LOW_FIELD_NUMBER: _ClassVar[int]
    HIGH_FIELD_NUMBER: _ClassVar[int]
    CURRENCY_FIELD_NUMBER: _ClassVar[int]
    SHOP_CURRENCY_FIELD_NUMBER: _ClassVar[int]
    RATE_FIELD_NUMBER: _ClassVar[int]
    low: float
    high: float
    currency: str
    shop_currency: str
    rate: float
    def __init__(self, low: _Optional[float] = ..., high: _Optional[float] = ..., currency: _Optional[str] = ..., shop_currency: _Optional[str] = ..., rate: _Optional[float] = ...) -> None: ...

class AskReference(_message.Message):
    __slots__ = ("object_id", "title", "how")
    OBJECT_ID_FIELD_NUMBER: _ClassVar[int]
    TITLE_FIELD_NUMBER: _ClassVar[int]
    HOW_FIELD_NUMBER: _ClassVar[int]
    object_id: str
    title: str
    how: str
    def __init__(self, object_id: _Optional[str] = ..., title: _Optional[str] = ..., how: _Optional[str] = ...) -> None: ...

class AskCorrection(_message.Message):
    __slots__ = ("claim", "catalogue")
    CLAIM_FIELD_NUMBER: _ClassVar[int]
    CATALOGUE_FIELD_NUMBER: _ClassVar[int]
    claim: str
    catalogue: str
    def __init__(self, claim: _Optional[str] = ..., catalogue: _Optional[str] = ...) -> None: ...

class AskItem(_message.Message):
    __slots__ = ("object_id", "title", "price", "score", "position", "matched", "unmatched", "reason", "reason_source")
    OBJECT_ID_FIELD_NUMBER: _ClassVar[int]
    TITLE_FIELD_NUMBER: _ClassVar[int]
    PRICE_FIELD_NUMBER: _ClassVar[int]
    SCORE_FIELD_NUMBER: _ClassVar[int]
    POSITION_FIELD_NUMBER: _ClassVar[int]
    MATCHED_FIELD_NUMBER: _ClassVar[int]
    UNMATCHED_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    REASON_SOURCE_FIELD_NUMBER: _ClassVar[int]
    object_id: str
    title: str
    price: float
    score: float
    position: int
    matched: _containers.RepeatedCompositeFieldContainer[AskMatch]
    unmatched: _containers.RepeatedScalarFieldContainer[str]
    reason: str
    reason_source: str
    def __init__(self, object_id: _Optional[str] = ..., title: _Optional[str] = ..., price: _Optional[float] = ..., score: _Optional[float] = ..., position: _Optional[int] = ..., matched: _Optional[_Iterable[_Union[AskMatch, _Mapping]]] = ..., unmatched: _Optional[_Iterable[str]] = ..., reason: _Optional[str] = ..., reason_source: _Optional[str] = ...) -> None: ...

class AskMatch(_message.Message):
    __slots__ = ("text", "relation", "value", "source", "said_by", "path")
    TEXT_FIELD_NUMBER: _ClassVar[int]
    RELATION_FIELD_NUMBER: _ClassVar[int]
    VALUE_FIELD_NUMBER: _ClassVar[int]
    SOURCE_FIELD_NUMBER: _ClassVar[int]
    SAID_BY_FIELD_NUMBER: _ClassVar[int]
    PATH_FIELD_NUMBER: _ClassVar[int]
    text: str
    relation: str
    value: str
    source: str
    said_by: str
    path: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, text: _Optional[str] = ..., relation: _Optional[str] = ..., value: _Optional[str] = ..., source: _Optional[str] = ..., said_by: _Optional[str] = ..., path: _Optional[_Iterable[str]] = ...) -> None: ...

class IngestRequest(_message.Message):
    __slots__ = ("events",)
    EVENTS_FIELD_NUMBER: _ClassVar[int]
    events: _containers.RepeatedCompositeFieldContainer[Event]
    def __init__(self, events: _Optional[_Iterable[_Union[Event, _Mapping]]] = ...) -> None: ...

class Event(_message.Message):
    __slots__ = ("event_id", "user_id", "action", "object_id", "at", "dwell_s", "quantity", "unit_price", "currency", "request_id")
    EVENT_ID_FIELD_NUMBER: _ClassVar[int]
    USER_ID_FIELD_NUMBER: _ClassVar[int]
    ACTION_FIELD_NUMBER: _ClassVar[int]
    OBJECT_ID_FIELD_NUMBER: _ClassVar[int]
    AT_FIELD_NUMBER: _ClassVar[int]
    DWELL_S_FIELD_NUMBER: _ClassVar[int]
    QUANTITY_FIELD_NUMBER: _ClassVar[int]
    UNIT_PRICE_FIELD_NUMBER: _ClassVar[int]
    CURRENCY_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    event_id: str
    user_id: str
    action: str
    object_id: str
    at: _timestamp_pb2.Timestamp
    dwell_s: float
    quantity: int
    unit_price: float
    currency: str
    request_id: str
    def __init__(self, event_id: _Optional[str] = ..., user_id: _Optional[str] = ..., action: _Optional[str] = ..., object_id: _Optional[str] = ..., at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., dwell_s: _Optional[float] = ..., quantity: _Optional[int] = ..., unit_price: _Optional[float] = ..., currency: _Optional[str] = ..., request_id: _Optional[str] = ...) -> None: ...

class IngestResponse(_message.Message):
    __slots__ = ("accepted", "repeated", "degraded")
    ACCEPTED_FIELD_NUMBER: _ClassVar[int]
    REPEATED_FIELD_NUMBER: _ClassVar[int]
    DEGRADED_FIELD_NUMBER: _ClassVar[int]
    accepted: int
    repeated: int
    degraded: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, accepted: _Optional[int] = ..., repeated: _Optional[int] = ..., degraded: _Optional[_Iterable[str]] = ...) -> None: ...
