"""How each service says that it is busy, broken or down: status and body as AWS documents them."""

from chaos.calls import Answer, Call, json_answer, xml_answer


def throttled(call: Call) -> Answer:
    """Answer that there were too many calls; S3's word for it is SlowDown."""
    if call.service == "dynamodb":
        kind = "com.amazonaws.dynamodb.v20120810#ProvisionedThroughputExceededException"
        return json_answer(400, {"__type": kind, "message": "The level of configured throughput was exceeded"})
    if call.service == "sqs":
        return json_answer(
            403, {"__type": "com.amazonaws.sqs#RequestThrottled", "message": "The request was throttled"}
        )
    if call.service == "sns":
        return _sns(429, "Throttled", "Rate exceeded")
    return _s3(503, "SlowDown", "Please reduce your request rate.")


def server_error(call: Call) -> Answer:
    """Answer that something is wrong on AWS's side, and nothing was done."""
    if call.service == "dynamodb":
        kind = "com.amazonaws.dynamodb.v20120810#InternalServerError"
        return json_answer(500, {"__type": kind, "message": "The request could not be processed"})
    if call.service == "sqs":
        return json_answer(
            500, {"__type": "com.amazonaws.sqs#InternalFailure", "message": "An internal error occurred"}
        )
    if call.service == "sns":
        return _sns(500, "InternalError", "An internal error occurred")
    return _s3(500, "InternalError", "We encountered an internal error. Please try again.")


def down(call: Call) -> Answer:
    """Answer that the service can't be had."""
    return _sns(503, "ServiceUnavailable", f"{call.service} is unavailable")


def transaction_cancelled(call: Call, code: str) -> Answer:
    """Answer that a transaction was cancelled for load or for another one; nothing of it was written."""
    reasons = [{"Code": "None"} for _ in call.json()["TransactItems"]]
    reasons[-1] = {"Code": code, "Message": "Transaction is ongoing for the item"}
    kind = "com.amazonaws.dynamodb.v20120810#TransactionCanceledException"
    said = f"Transaction cancelled, please refer cancellation reasons for specific reasons [{code}]"
    return json_answer(400, {"__type": kind, "Message": said, "CancellationReasons": reasons})


def _sns(status: int, code: str, message: str) -> Answer:
    error = f"<Error><Type>Receiver</Type><Code>{code}</Code><Message>{message}</Message></Error>"
    return xml_answer(
        status,
        f'<ErrorResponse xmlns="http://sns.amazonaws.com/doc/2010-03-31/">{error}<RequestId>chaos</RequestId></ErrorResponse>',
    )


def _s3(status: int, code: str, message: str) -> Answer:
    return xml_answer(
        status, f"<Error><Code>{code}</Code><Message>{message}</Message><RequestId>chaos</RequestId></Error>"
    )
