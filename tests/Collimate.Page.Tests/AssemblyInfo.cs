// One browser and two models serve all tests, one after another.
[assembly: CollectionBehavior(DisableTestParallelization = true)]
