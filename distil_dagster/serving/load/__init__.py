"""A load test that stands an audit: open loop, latency from the scheduled time, a verdict on every point.

From the bottom up: `prompts` are what is asked, `client` asks over HTTP, `issue` is the process in which MLPerf LoadGen
schedules the queries of one run, `traffic` starts those processes and joins their logs, `ceiling` shows what they can
do at most, `percentiles` and `point` turn a run into figures and a verdict, `search` finds the highest rate that
passes, `sustained` does all this for the service levels of a profile. `closed_loop` is the second, labelled number.
"""
