using System.Text.RegularExpressions;
using Collimate.Data.Scenes;

namespace Collimate.Tests.Data.Scenes;

/// <summary>Answers questions from their words and the placed items alone, slowly, sharing no code with what asks them.</summary>
internal static class QuestionSolver
{
    private static readonly string[] Places = ["northwest", "north", "northeast", "west", "center", "east", "southwest", "south", "southeast"];

    internal static string Solve(Scene scene, SceneQuestion question) => question.Kind switch
    {
        QuestionKind.Existence => Named(scene, Word(question, "^is there an? (.+)\\?$")).Any() ? "yes" : "no",
        QuestionKind.Count => $"{Named(scene, Word(question, "^how many times does the (.+) appear\\?$")).Count()}",
        QuestionKind.CountCategory => $"{OfCategory(scene, Word(question, "^how many (.+) objects are there\\?$")).Count()}",
        QuestionKind.CountAll => $"{scene.Items.Count(item => item.Item < scene.World.ObjectCount)}",
        QuestionKind.WhatIsAt => scene.NameOf(At(scene, Word(question, "^what is at the (.+)\\?$"))),
        QuestionKind.WhereIs => Places[Named(scene, Word(question, "^where is the (.+)\\?$")).Single().Cell],
        QuestionKind.Relation => Relation(scene, question),
        QuestionKind.Colour => What(scene, At(scene, Word(question, "^what colour is the object at the (.+)\\?$"))).Colour!,
        QuestionKind.Category => What(scene, At(scene, Word(question, "^what kind of object is at the (.+)\\?$"))).Category,
        QuestionKind.Comparison => Comparison(scene, question),
        QuestionKind.Reading => string.Join(' ', Symbols(scene)),
        QuestionKind.Sum => $"{Symbols(scene).Sum(int.Parse)}",
        QuestionKind.NextTo => Neighbour(scene, question, "^what is (left of|right of|above|below) the (.+)\\?$", Named),
        QuestionKind.TwoStep => Neighbour(scene, question, "^what is (left of|right of|above|below) the only (.+) object\\?$", OfCategory),
        _ => throw new ArgumentOutOfRangeException(nameof(question)),
    };

    internal static bool Holds(PlacedItem first, string direction, PlacedItem second) => direction.Split(' ')[0] switch
    {
        "left" => first.Cell % 3 < second.Cell % 3,
        "right" => first.Cell % 3 > second.Cell % 3,
        "above" => first.Cell / 3 < second.Cell / 3,
        "below" => first.Cell / 3 > second.Cell / 3,
        _ => throw new ArgumentOutOfRangeException(nameof(direction), direction, "no direction"),
    };

    private static string Relation(Scene scene, SceneQuestion question)
    {
        var words = Words(question, "^is the (.+) (left of|right of|above|below) the (.+)\\?$");
        return Holds(Named(scene, words[0]).Single(), words[1], Named(scene, words[2]).Single()) ? "yes" : "no";
    }

    private static string Comparison(Scene scene, SceneQuestion question)
    {
        var words = Words(question, "^are there more (.+) or (.+) objects\\?$");
        var (first, second) = (OfCategory(scene, words[0]).Count(), OfCategory(scene, words[1]).Count());
        Assert.NotEqual(first, second);
        return first > second ? words[0] : words[1];
    }

    private static string Neighbour(Scene scene, SceneQuestion question, string pattern, Func<Scene, string, IEnumerable<PlacedItem>> find)
    {
        var words = Words(question, pattern);
        var from = find(scene, words[1]).Single();
        var sideways = words[0] is "left of" or "right of";
        return scene.NameOf(scene.Items
            .Where(item => Holds(item, words[0], from) && (sideways ? item.Cell / 3 == from.Cell / 3 : item.Cell % 3 == from.Cell % 3))
            .MinBy(item => Math.Abs(item.Cell - from.Cell)));
    }

    private static IEnumerable<string> Symbols(Scene scene) => scene.Items.Select(scene.NameOf).Where(name => name.Length == 1);

    private static SceneObject What(Scene scene, PlacedItem item) => scene.World.Items[item.Item];

    private static PlacedItem At(Scene scene, string place) => scene.Items.Single(item => item.Cell == Array.IndexOf(Places, place));

    private static IEnumerable<PlacedItem> Named(Scene scene, string name)
    {
        Assert.NotNull(scene.World.Find(name));
        return scene.Items.Where(item => scene.NameOf(item) == name);
    }

    private static IEnumerable<PlacedItem> OfCategory(Scene scene, string category)
    {
        Assert.Contains(category, scene.World.Categories);
        return scene.Items.Where(item => What(scene, item).Category == category);
    }

    private static string Word(SceneQuestion question, string pattern) => Assert.Single(Words(question, pattern));

    private static string[] Words(SceneQuestion question, string pattern)
    {
        var match = Regex.Match(question.Text, pattern);
        Assert.True(match.Success, question.Text);
        return [.. match.Groups.Values.Skip(1).Select(group => group.Value)];
    }
}
