"""The sensor of new deliveries: it requests one refresh for the same content."""

import dagster as dg

from pipelines.defs.sensors import new_deliveries


def test_the_sensor_requests_one_refresh_for_the_same_content(tmp_path, monkeypatch) -> None:
    monkeypatch.setenv("PATHWAYS_HOME", str(tmp_path))
    folder = tmp_path / "landing" / "wage" / "2018Q4"
    folder.mkdir(parents=True)
    (folder / "agency.csv").write_text("whole")
    with dg.DagsterInstance.ephemeral() as instance:
        cursor, requested = None, []
        for _ in range(3):
            context = dg.build_sensor_context(instance=instance, cursor=cursor)
            result = new_deliveries(context)
            cursor = result.cursor
            requested.append([request.run_key for request in result.run_requests or []])
    assert requested[0] == []
    # Dagster starts one run for a key, however often it is requested.
    assert len(requested[1]) == 1
    assert requested[2] == requested[1]
