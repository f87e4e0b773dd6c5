using Collimate.Benchmarks;

// Benchmarks for continuous use: ./compare and ./quick beside this folder start it in the right environment.
const string Usage = """
    usage: Collimate.Benchmarks COMMAND [--option value]...
      operators             BenchmarkDotNet: what a call costs
      peer add|step|imaging|decode|loss|sinkhorn|permute  one side of a comparison, one line of JSON (--dtype fp32|bf16 --steps --warmup --batch --tokens)
      compare               C# and Python in turns, medians and ratios (--rounds --steps --only add|step|imaging|loss --quick true --out FOLDER --python PATH)
      decode                loading half a billion weights and answering token by token (--rounds --steps --prompt --threads --dtype bf16,fp32 --quick true --out --folder)
      threads               training steps a second with one worker and with two, alone and beside a busy process (--steps --rounds --out)
      large                 steps of each stage at 0.9 billion parameters: memory and time (--stage 0..3 --optimizer adamw|adamw_8bit --batch --steps --out)
      prefix                attention with a prefix mask in one call and split in two (--rounds --out)
      sinkhorn              Sinkhorn beside the same written operator by operator in Python (--rounds --size --iterations --temperature 1,0.1 --threads 1,2 --quick true --out)
      packing               padding and tokens a second with samples packed into rows and grouped by length (--steps --rounds --pieces --dtype fp32|bf16 --out)
      permute               training steps of the permutation experiment beside the published program's in Python (--rounds --steps --tokens --width --hidden --layers --out)
      order                 TokenMixer's order as a composition, token by token, and beside the decoder (--rounds --out)
      labels                the words of patches beside the bare matrix products (--rounds --words --out)
      fusion                vision inside the decoder's layers beside vision as tokens: a training step, its memory, a token (--rounds --steps --tokens --dtype fp32|bf16 --out)
      memory                peak resident size and live tensors over a long run (--steps --dtype --out)
      soak                  memory, tensors and waiting over ten thousand steps with everything that watches them (--steps --workers --dtype --out)
      plan                  what a plan foretells of memory and time beside what training takes (--steps --case 0..7 --out)
      features              what the feature cache saves on the gym's first stage (--rounds --steps --out)
      serving               a server under 1, 8 and 32 clients, and a soak that compares with serial answers (--model FOLDER --requests --minutes --out)
      tokenizers            megabytes a second of every kind of tokenizer (--rounds --folder PATH --out)
    """;

try
{
    return args switch
    {
        ["operators", .. var rest] => OperatorBenchmarks.Run(rest),
        ["peer", var what, .. var rest] => Peer.Run(what, Options.Parse(rest)),
        ["compare", .. var rest] => Comparison.Run(Options.Parse(rest)),
        ["decode", .. var rest] => DecodeComparison.Run(Options.Parse(rest)),
        ["threads", .. var rest] => WorkerScaling.Run(Options.Parse(rest)),
        ["large", .. var rest] => Section(rest, "large", "A step of each stage at 0.9 billion parameters", LargeModel.Run,
            "matrix products on one core; of memory, weights, gradients and moments in single precision (16 bytes a parameter that learns)."),
        ["prefix", .. var rest] => Section(rest, "prefix", "Attention with a prefix mask", PrefixForms.Run, "the products of scores; both forms compute the same ones."),
        ["sinkhorn", .. var rest] => SinkhornComparison.Run(Options.Parse(rest)),
        ["packing", .. var rest] => Section(rest, "packing", "Samples packed into rows and grouped by length", PackingForms.Run,
            "matrix products over all positions, padding included; attention leaves out what nobody sees, so long rows cost it nothing."),
        ["permute", .. var rest] => PermuteComparison.Run(Options.Parse(rest)),
        ["order", .. var rest] => Section(rest, "order", "TokenMixer's order", TokenOrder.Run, "the product of words and image tokens; of the loop, calls of small operators."),
        ["labels", .. var rest] => Section(rest, "labels", "The words of patches", LabelSearch.Run, "the matrix products; what is left is one reading of every product from the core's cache."),
        ["fusion", .. var rest] => Section(rest, "fusion", "Vision inside the decoder's layers", FusionForms.Run, "the decoder's own products; what a fusion adds to them is read off the ratios."),
        ["memory", .. var rest] => MemoryGrowth.Run(Options.Parse(rest)),
        ["soak", .. var rest] => Soak.Run(Options.Parse(rest)),
        ["plan", .. var rest] => Section(rest, "plan", "What plans foretell, and what training takes", PlanCheck.Run,
            "of memory, what the C library keeps of freed blocks and what the runtime has not collected yet; of time, other work on the machine between the two runs."),
        ["features", .. var rest] => Section(rest, "features", "What the feature cache saves", CachedStage.Run, "the decoder, whose forward and backward pass is all that is left; scenes are drawn and rendered either way."),
        ["serving", .. var rest] => ServingLoad.Run(Options.Parse(rest)),
        ["plan-side", .. var rest] => PlanCheck.One(Options.Parse(rest)),
        ["tokenizers", .. var rest] => TokenizerThroughput.Run(Options.Parse(rest)),
        _ => throw new ArgumentException(args.Length == 0 ? "no command was given" : $"there is no command '{args[0]}'"),
    };
}
catch (ArgumentException wrong)
{
    Console.Error.WriteLine($"{wrong.Message}\n{Usage}");
    return 2;
}

static int Section(string[] words, string name, string title, Action<Options, ResultFile> run, string limit)
{
    var (options, page) = (Options.Parse(words), new ResultFile(title));
    run(options, page);
    page.Write(options.Text("out"), name, $"benchmarks/compare {name} {string.Join(' ', words.Where((_, k) => words[k - (k % 2)] != "--out"))}".TrimEnd(), limit);
    return 0;
}
