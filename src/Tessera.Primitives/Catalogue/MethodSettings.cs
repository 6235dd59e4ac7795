using System.Globalization;

namespace Tessera;

/// <summary>
/// Values for a method's options as people write them: <c>name=value</c> pairs joined by commas. Numbers are read and written without
/// regard to the machine's language.
/// </summary>
public sealed class MethodSettings
{
    private readonly Dictionary<string, string> _values;

    private MethodSettings(Dictionary<string, string> values) => _values = values;

    /// <summary>No settings: every option has its default.</summary>
    public static MethodSettings None { get; } = new([]);

    /// <summary>Reads settings.</summary>
    /// <param name="text">For example <c>mass=0.9,min-keep=2</c>; empty for none.</param>
    /// <exception cref="ArgumentException">A part is no pair, or a name stands twice.</exception>
    public static MethodSettings Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        var values = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var part in text.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            var equals = part.IndexOf('=', StringComparison.Ordinal);
            if (equals < 1) throw new ArgumentException($"An option is written name=value; '{part}' is not.", nameof(text));
            if (!values.TryAdd(part[..equals].Trim(), part[(equals + 1)..].Trim())) throw new ArgumentException($"The option {part[..equals]} is given twice.", nameof(text));
        }

        return new MethodSettings(values);
    }

    /// <summary>The same settings with a value more, which replaces one of that name.</summary>
    /// <param name="name">The option.</param>
    /// <param name="value">Its value.</param>
    public MethodSettings With(string name, string value)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        ArgumentNullException.ThrowIfNull(value);
        return new MethodSettings(new Dictionary<string, string>(_values, StringComparer.Ordinal) { [name] = value });
    }

    /// <summary>Whether a value is given.</summary>
    /// <param name="name">The option.</param>
    public bool Has(string name) => _values.ContainsKey(name);

    /// <summary>A number of any size, or the default where none is given.</summary>
    /// <param name="name">The option.</param>
    /// <param name="otherwise">The default.</param>
    /// <exception cref="ArgumentException">The value is no number.</exception>
    public double Number(string name, double otherwise) =>
        !_values.TryGetValue(name, out var text) ? otherwise
        : double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var value) ? value
        : throw Unreadable(name, text, "a number");

    /// <summary>An integer, or the default where none is given.</summary>
    /// <param name="name">The option.</param>
    /// <param name="otherwise">The default.</param>
    /// <exception cref="ArgumentException">The value is no integer of 32 bits.</exception>
    public int Integer(string name, int otherwise) =>
        !_values.TryGetValue(name, out var text) ? otherwise
        : int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var value) ? value
        : throw Unreadable(name, text, "an integer");

    /// <summary>An integer from 0, or the default where none is given: seeds.</summary>
    /// <param name="name">The option.</param>
    /// <param name="otherwise">The default.</param>
    /// <exception cref="ArgumentException">The value is no integer from 0 that 64 bits hold.</exception>
    public ulong Seed(string name, ulong otherwise) =>
        !_values.TryGetValue(name, out var text) ? otherwise
        : ulong.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var value) ? value
        : throw Unreadable(name, text, "an integer from 0");

    /// <summary>Whether something is switched on, or the default where nothing is said.</summary>
    /// <param name="name">The option.</param>
    /// <param name="otherwise">The default.</param>
    /// <exception cref="ArgumentException">The value is none of true, false, on, off.</exception>
    public bool Switch(string name, bool otherwise) =>
        !_values.TryGetValue(name, out var text) ? otherwise
        : text is "true" or "on" ? true
        : text is "false" or "off" ? false
        : throw Unreadable(name, text, "true or false");

    /// <summary>A text, or the default where none is given.</summary>
    /// <param name="name">The option.</param>
    /// <param name="otherwise">The default.</param>
    public string Text(string name, string otherwise) => _values.GetValueOrDefault(name, otherwise);

    /// <summary>One of a set of names, or the default where none is given.</summary>
    /// <typeparam name="T">The set.</typeparam>
    /// <param name="name">The option.</param>
    /// <param name="otherwise">The default.</param>
    /// <exception cref="ArgumentException">The value is none of the names.</exception>
    public T Choice<T>(string name, T otherwise)
        where T : struct, Enum =>
        !_values.TryGetValue(name, out var text) ? otherwise
        : !char.IsAsciiDigit(text.FirstOrDefault()) && text.FirstOrDefault() != '-' && Enum.TryParse<T>(text.Replace("-", "", StringComparison.Ordinal), ignoreCase: true, out var value) && Enum.IsDefined(value) ? value
        : throw Unreadable(name, text, "one of " + string.Join(", ", Enum.GetNames<T>()));

    /// <summary>Numbers joined by <c>/</c>; empty where none are given.</summary>
    /// <param name="name">The option.</param>
    /// <exception cref="ArgumentException">A part is no number.</exception>
    public IReadOnlyList<double> Numbers(string name) =>
        [.. Parts(name).Select(part => double.TryParse(part, NumberStyles.Float, CultureInfo.InvariantCulture, out var value) ? value : throw Unreadable(name, part, "numbers joined by /"))];

    /// <summary>Integers joined by <c>/</c>; empty where none are given.</summary>
    /// <param name="name">The option.</param>
    /// <exception cref="ArgumentException">A part is no integer of 32 bits.</exception>
    public IReadOnlyList<int> Integers(string name) =>
        [.. Parts(name).Select(part => int.TryParse(part, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var value) ? value : throw Unreadable(name, part, "integers joined by /"))];

    /// <summary>The settings as they are read.</summary>
    public override string ToString() => string.Join(',', _values.OrderBy(v => v.Key, StringComparer.Ordinal).Select(v => $"{v.Key}={v.Value}"));

    internal void RefuseUnknown(string method, IReadOnlyList<MethodOption> options)
    {
        foreach (var name in _values.Keys)
        {
            if (options.All(o => o.Name != name))
            {
                throw new ArgumentException(options.Count == 0
                    ? $"{method} has no options; '{name}' was given."
                    : $"{method} has no option '{name}'; it has {string.Join(", ", options.Select(o => o.Name))}.");
            }
        }
    }

    private string[] Parts(string name) => _values.TryGetValue(name, out var text) ? text.Split('/', StringSplitOptions.TrimEntries) : [];

    private static ArgumentException Unreadable(string name, string text, string wanted) => new($"The option {name} is {wanted}, not '{text}'.");
}
