"""Make the HTTP API in front of its Lambda, or find it as it was left."""

from typing import TYPE_CHECKING

from local_stack.names import Place
from local_stack.resources import HttpApi

if TYPE_CHECKING:
    from types_boto3_apigatewayv2 import ApiGatewayV2Client
    from types_boto3_lambda import LambdaClient

_DEFAULT = "$default"


def ensure_api(apis: "ApiGatewayV2Client", functions: "LambdaClient", api: HttpApi, place: Place) -> None:
    """Make an HTTP API that hands every request to its Lambda."""
    if _is_there(apis, api.api_id):
        return
    apis.create_api(Name=api.name, ProtocolType="HTTP", Tags={"ms-custom-id": api.api_id})
    integration = apis.create_integration(
        ApiId=api.api_id,
        IntegrationType="AWS_PROXY",
        IntegrationUri=place.function_arn(api.function),
        PayloadFormatVersion="2.0",
    )
    target = f"integrations/{integration['IntegrationId']}"
    apis.create_route(ApiId=api.api_id, RouteKey=_DEFAULT, Target=target)
    _allow_calls(functions, api, place)
    # Last, so that an API with a stage is a whole one.
    apis.create_stage(ApiId=api.api_id, StageName=_DEFAULT, AutoDeploy=True)


def _is_there(apis: "ApiGatewayV2Client", api_id: str) -> bool:
    """Return whether the API is there, whole; what a broken start left of it is removed."""
    try:
        stages = apis.get_stages(ApiId=api_id)["Items"]
    except apis.exceptions.NotFoundException:
        return False
    if not stages:
        apis.delete_api(ApiId=api_id)
    return bool(stages)


def _allow_calls(functions: "LambdaClient", api: HttpApi, place: Place) -> None:
    try:
        functions.add_permission(
            FunctionName=api.function,
            StatementId="http-api",
            Action="lambda:InvokeFunction",
            Principal="apigateway.amazonaws.com",
            SourceArn=place.arn("execute-api", f"{api.api_id}/*/*"),
        )
    except functions.exceptions.ResourceConflictException:
        return
