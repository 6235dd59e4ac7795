using System.Text;

namespace Tessera.Tokenizers.Text.Unicode;

/// <summary>The scripts of code points by their long names.</summary>
internal sealed class UnicodeScripts
{
    private readonly List<int> _firsts = [];
    private readonly List<string> _names = [];

    /// <summary>Reads the table.</summary>
    public UnicodeScripts()
    {
        for (var items = new UnicodeItems("script"u8); items.Next();)
        {
            _firsts.Add(items.First);
            _names.Add(string.Intern(Encoding.UTF8.GetString(items.Value)));
        }
    }

    /// <summary>The script of a code point; Common, Inherited, Unknown where it has none of its own.</summary>
    public string this[int scalar] => _firsts.BinarySearch(scalar) is var at && at < 0 ? _names[~at - 1] : _names[at];

    /// <summary>The name of a script that is given without regard to case and underscores, or null.</summary>
    public string? Find(string name) => _names.FirstOrDefault(s => s.Replace("_", "", StringComparison.Ordinal).Equals(name, StringComparison.OrdinalIgnoreCase));
}
