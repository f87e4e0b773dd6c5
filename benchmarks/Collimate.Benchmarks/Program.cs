using Collimate.Benchmarks;

// Benchmarks for continuous use: ./compare and ./quick beside this folder start it in the right environment.
const string Usage = """
    usage: Collimate.Benchmarks COMMAND [--option value]...
      operators             BenchmarkDotNet: what a call costs
      peer add|step|imaging  one side of a comparison, one line of JSON (--dtype fp32|bf16 --steps --warmup --batch --tokens)
      compare               C# and Python in turns, medians and ratios (--rounds --steps --only add|step|imaging --quick true --out FOLDER --python PATH)
      threads               training steps a second with one worker and with two, alone and beside a busy process (--steps --rounds --out)
      memory                peak resident size and live tensors over a long run (--steps --dtype --out)
      tokenizers            megabytes a second of every kind of tokenizer (--rounds --folder PATH --out)
    """;

try
{
    return args switch
    {
        ["operators", .. var rest] => OperatorBenchmarks.Run(rest),
        ["peer", var what, .. var rest] => Peer.Run(what, Options.Parse(rest)),
        ["compare", .. var rest] => Comparison.Run(Options.Parse(rest)),
        ["threads", .. var rest] => WorkerScaling.Run(Options.Parse(rest)),
        ["memory", .. var rest] => MemoryGrowth.Run(Options.Parse(rest)),
        ["tokenizers", .. var rest] => TokenizerThroughput.Run(Options.Parse(rest)),
        _ => throw new ArgumentException(args.Length == 0 ? "no command was given" : $"there is no command '{args[0]}'"),
    };
}
catch (ArgumentException wrong)
{
    Console.Error.WriteLine($"{wrong.Message}\n{Usage}");
    return 2;
}
