namespace Collimate.Evaluation.MultipleChoice;

/// <summary>The four categories under which MMLU's 57 subjects are reported (Hendrycks et al. 2021).</summary>
public static class MmluCategories
{
    /// <summary>The category of a subject that is none of the 57.</summary>
    public const string Unknown = "unlisted";

    private static readonly Dictionary<string, string> Categories = new[]
    {
        (Category: "STEM", Subjects: "abstract_algebra astronomy college_biology college_chemistry college_computer_science college_mathematics college_physics computer_security "
            + "conceptual_physics electrical_engineering elementary_mathematics high_school_biology high_school_chemistry high_school_computer_science high_school_mathematics "
            + "high_school_physics high_school_statistics machine_learning"),
        (Category: "humanities", Subjects: "formal_logic high_school_european_history high_school_us_history high_school_world_history international_law jurisprudence "
            + "logical_fallacies moral_disputes moral_scenarios philosophy prehistory professional_law world_religions"),
        (Category: "social sciences", Subjects: "econometrics high_school_geography high_school_government_and_politics high_school_macroeconomics high_school_microeconomics "
            + "high_school_psychology human_sexuality professional_psychology public_relations security_studies sociology us_foreign_policy"),
        (Category: "other", Subjects: "anatomy business_ethics clinical_knowledge college_medicine global_facts human_aging management marketing medical_genetics miscellaneous nutrition "
            + "professional_accounting professional_medicine virology"),
    }.SelectMany(group => group.Subjects.Split(' ').Select(subject => (subject, group.Category))).ToDictionary();

    /// <summary>All subjects that have a category.</summary>
    public static IReadOnlyCollection<string> Subjects => Categories.Keys;

    /// <summary>The category of a subject.</summary>
    public static string Of(string subject) => Categories.GetValueOrDefault(subject, Unknown);
}
