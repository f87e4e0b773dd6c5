namespace Collimate.Evaluation.Metrics.Answers;

/// <summary>How answers are made alike before they are compared.</summary>
public enum VqaProtocol
{
    /// <summary>VQA's official evaluation, its mistakes included.</summary>
    Official,

    /// <summary>The same without the mistakes.</summary>
    Clean,

    /// <summary>EvalAI's processor, which TextVQA and LLaVA's m4c evaluator use: every answer is made alike, also where all people agree.</summary>
    EvalAi,
}
