"""An application as it might run in an injected container: it tells its SDK nothing of where Dapr is.

The last line of its output says what it got.
"""

import json
import socket

from dapr.clients import DaprClient
from dapr.conf import settings
from dapr.conf.helpers import GrpcEndpoint

real_getaddrinfo = socket.getaddrinfo


def getaddrinfo(host, *args, **kwargs):
    """There is no cluster DNS here: its names lead to this host. gRPC does not ask here, but its proxy."""
    name = host.decode() if isinstance(host, bytes) else host
    return real_getaddrinfo('127.0.0.1' if name.endswith('.svc.cluster.local') else host, *args, **kwargs)


socket.getaddrinfo = getaddrinfo

endpoint = GrpcEndpoint(settings.DAPR_GRPC_ENDPOINT)
with DaprClient() as client:
    invoked = client.invoke_method('order', 'ping', data=b'', http_verb='GET')
    state = client.get_state('store', 'key')

print(
    json.dumps(
        {
            'invoked': invoked.text(),
            'state': state.data.decode(),
            'http': settings.DAPR_HTTP_ENDPOINT,
            'grpc': endpoint.endpoint,
            'tls': endpoint.tls,
        }
    )
)
