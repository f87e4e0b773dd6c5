using System.Collections.Concurrent;
using System.Reflection;
using System.Runtime.CompilerServices;

namespace Collimate.Recipes;

/// <summary>A property of an options record as the binder sees it: its key, its type and its rules; read by reflection once a type.</summary>
internal sealed class OptionProperty
{
    private static readonly ConcurrentDictionary<Type, OptionProperty[]> Known = new();

    private readonly PropertyInfo property;

    private OptionProperty(PropertyInfo property)
    {
        this.property = property;
        Key = SnakeCase.From(property.Name);
        IsRequired = property.GetCustomAttribute<RequiredMemberAttribute>() is not null;
        Range = property.GetCustomAttribute<RecipeRangeAttribute>();
        TakesNull = new NullabilityInfoContext().Create(property).WriteState == NullabilityState.Nullable;
    }

    public string Key { get; }

    public string Name => property.Name;

    public Type Type => property.PropertyType;

    public bool IsRequired { get; }

    public bool TakesNull { get; }

    public RecipeRangeAttribute? Range { get; }

    /// <summary>The properties of a record that a recipe can set, in the order in which they are declared.</summary>
    /// <exception cref="ArgumentException">The type is not an options record: a fault of the program, not of a recipe.</exception>
    public static OptionProperty[] Of(Type type) => Known.GetOrAdd(type, Discover);

    public void Set(object options, object? value) => property.SetValue(options, value);

    private static OptionProperty[] Discover(Type type)
    {
        if (!type.IsClass || type.IsAbstract || type.GetConstructor(Type.EmptyTypes) is null)
        {
            throw new ArgumentException($"{type} cannot be bound to a recipe: options are classes or records with a public constructor without parameters.", nameof(type));
        }

        return [.. type.GetProperties(BindingFlags.Public | BindingFlags.Instance)
            .Where(property => property.GetIndexParameters().Length == 0 && property.SetMethod is { IsPublic: true })
            .Select(property => new OptionProperty(property))];
    }
}
