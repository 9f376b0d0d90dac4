"""English words that say what is to be done with data, whatever the data are about."""

NEUTRAL = frozenset(
    """
    a about above across add after again against all alphabetical alphabetically also although among an and any
    anything anywhere appear are as ascending at average back be been before begin begins below best better between
    biggest both but by calendar can ceiling chronological class column combined contains could count counted counts
    day days decimal decimals descending did differ different direction display distinct divided do does don down
    drop dropped duplicates each earliest either else empty end ends equal equals ever every exactly exceed exceeds
    exclude excluding fewer fewest find first following for found from get give given go gone got greater greatest
    group grouped groups had half has have having high higher highest how i id ids if ignore in include included
    including is it its itself just keep know known label largest last late later latest least leave less like limit
    list listed ll long longest look lot low lower lowest make many match maximum me mean mentions minimum minus
    missing month monthly months more most much my name named need never new newest no nobody none not null number
    numbers of oldest on once one ones only or order ordered other others out over overall own pair pairs per
    percent percentage place please plus points pull rank ranked rate record recorded records repeats rest return
    returned round rounded row rows s same second share shares shortest should show side since single smaller
    smallest so some somewhere sort sorted split starting starts still strictly sum summed sums than that the their
    them then there these they third this those three times to together top total totals twice two under unique up
    us value values want was we were what when where whether which who whom whose with within without worst would
    year years yet you zero
    """.split()  # noqa: SIM905 - a list of as many quoted words is no easier to read
)
