"""任务台账: programmes of measures, tasks with an owner and a day, and the meetings that decide on them."""
