"""AWS clients for the local stack. They know nothing of the user's own account: no profile, key or setting of it."""

import getpass
import os
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final, cast

from botocore.config import Config
from botocore.credentials import Credentials
from botocore.session import Session

from heliograph.storage.clients import Clients
from local_stack.resources import ACCOUNT
from local_stack.stack import Stack, secret_of

if TYPE_CHECKING:
    from types_boto3_apigatewayv2 import ApiGatewayV2Client
    from types_boto3_iam import IAMClient
    from types_boto3_lambda import LambdaClient
    from types_boto3_scheduler import EventBridgeSchedulerClient

# A backfill is one call of the simulator's Lambda, and may take as long as that may.
_READ_SECONDS: Final = 310


def make_session(region: str, secret: str) -> Session:
    """Make a botocore session that reads neither the user's AWS files nor their environment; it signs with a secret.

    The key id is the account: by it the engine knows whose request it is.
    """
    blind = {name: (at, None, default, kind) for name, (at, _, default, kind) in Session.SESSION_VARIABLES.items()}
    nothing = (None, None, os.devnull, None)
    session = Session(session_vars={**blind, "config_file": nothing, "credentials_file": nothing})
    session.set_config_variable("region", region)
    session.set_credentials(ACCOUNT, secret)
    # No proxy: it is all on this machine.
    session.set_default_client_config(Config(proxies={}))
    return session


def clients_for(stack: Stack) -> "LocalClients":
    """Return clients for a running stack.

    Raises:
        StackError: its secret can't be read, as it is another user's or has ended.
    """
    return LocalClients(stack.endpoint, stack.region, secret_of(stack), stack.dynamodb)


def credentials_of(stack: Stack) -> Credentials:
    """Return what requests to a running stack, its API included, are signed with.

    Raises:
        StackError: its secret can't be read.
    """
    return Credentials(ACCOUNT, secret_of(stack))


class LocalClients(Clients):
    """All the clients that a stack is made and driven with; each is made when it is first asked for."""

    def __init__(self, endpoint: str, region: str, secret: str, dynamodb: str | None = None) -> None:
        """Make a session of our own. secret: of the engine's run. dynamodb: where the tables are, if not there."""
        session = make_session(region, secret)
        super().__init__(session, endpoint, dynamodb)
        self._local_session = session
        self._endpoint = endpoint

    @cached_property
    def functions(self) -> "LambdaClient":
        """Lambda."""
        return cast("LambdaClient", self._make_local("lambda"))

    @cached_property
    def roles(self) -> "IAMClient":
        """IAM."""
        return cast("IAMClient", self._make_local("iam"))

    @cached_property
    def scheduler(self) -> "EventBridgeSchedulerClient":
        """EventBridge Scheduler."""
        return cast("EventBridgeSchedulerClient", self._make_local("scheduler"))

    @cached_property
    def apis(self) -> "ApiGatewayV2Client":
        """API Gateway for HTTP APIs."""
        return cast("ApiGatewayV2Client", self._make_local("apigatewayv2"))

    def who(self) -> str:
        """Return who works here: the user whose stack it is."""
        return getpass.getuser()

    def _make_local(self, service: str) -> Any:  # noqa: ANN401 - each service's client is a class of its own
        # No second try: a Lambda must not be called twice because it took long.
        config = Config(read_timeout=_READ_SECONDS, retries={"total_max_attempts": 1, "mode": "standard"})
        return self._local_session.create_client(service, endpoint_url=self._endpoint, config=config)
