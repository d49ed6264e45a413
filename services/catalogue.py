"""The services by name, in the order in which the commands list them."""

from __future__ import annotations

from services.base import Service
from services.elasticsearch import Elasticsearch
from services.opensearch import OpenSearch
from services.postgresql import PostgreSQL
from services.redis import Redis
from services.s3 import S3

_8, _9 = "8.19.9", "9.2.0"

SERVICES: dict[str, Service] = {
    service.name: service
    for service in (
        PostgreSQL(),
        Redis(),
        Elasticsearch("elasticsearch", version=_8, java=17, variable="STACK_TEST_ELASTICSEARCH"),
        Elasticsearch("elasticsearch-9", version=_9, java=21, variable="STACK_TEST_ELASTICSEARCH_9"),
        OpenSearch(),
        S3(),
        Elasticsearch(
            "elasticsearch-cluster",
            version=_8,
            java=17,
            variable="STACK_TEST_ELASTICSEARCH_CLUSTER",
            nodes=3,
        ),
    )
}
# What `all` means: a cluster is started by those who mean to hurt it.
ALL = [name for name in SERVICES if name != "elasticsearch-cluster"]
