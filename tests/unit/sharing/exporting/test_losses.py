from stack.sharing.exporting.losses import Loss, Losses


def test_losses_are_counted_by_type_property_and_reason() -> None:
    losses = Losses()
    losses.note("indicator", "labels", "no place")
    losses.note("indicator", "labels", "no place", count=2)
    losses.note("report", "", "no place")
    assert losses.list_losses() == [
        Loss("indicator", "labels", "no place", 3),
        Loss("report", "", "no place", 1),
    ]
    assert losses.describe() == [
        "not carried: 3 indicator.labels: no place",
        "not carried: 1 report: no place",
    ]


def test_hostile_names_do_not_make_the_account_grow_without_bound() -> None:
    losses = Losses()
    for number in range(5_000):
        losses.note("indicator", f"x_{number}" * 1000, "no place")
        losses.leave_out(f"list {number}")
    listed = losses.list_losses()
    assert len(listed) <= 501
    assert sum(loss.count for loss in listed) == 5_000
    assert max(len(loss.property) for loss in listed) <= 120
    assert sum(count for _, count in losses.list_left_out()) == 5_000
    assert len(losses.list_left_out()) <= 501
