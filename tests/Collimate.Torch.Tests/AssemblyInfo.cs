// Live tensors are counted for the whole process, and two cores serve one test at a time best.
[assembly: CollectionBehavior(DisableTestParallelization = true)]
