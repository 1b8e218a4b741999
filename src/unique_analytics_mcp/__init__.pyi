from unique_analytics_mcp.run import OrderTimedOut, RunAnalyticsOrderResult, run_analytics_order

__version__: str

__all__ = ["OrderTimedOut", "RunAnalyticsOrderResult", "run_analytics_order"]
