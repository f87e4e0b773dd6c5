using System.Net;
using System.Net.Sockets;

namespace Collimate.Server.Pictures;

/// <summary>Which addresses lie in the open internet. Source: the IANA special-purpose address registries (RFC 6890 and later).</summary>
internal static class AddressRules
{
    private static readonly IPNetwork[] Closed =
    [
        .. ((string[])[
            "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24",
            "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4",
        ]).Select(IPNetwork.Parse),
    ];

    private static readonly IPNetwork Global = IPNetwork.Parse("2000::/3");

    private static readonly IPNetwork[] ClosedInSix =
    [
        // Those that carry an address of version four inside are closed whole: Teredo, 6to4, NAT64.
        .. ((string[])["2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20", "64:ff9b::/96"]).Select(IPNetwork.Parse),
    ];

    /// <summary>Whether an address lies in the open internet: not this machine, not its network, not set aside for anything.</summary>
    public static bool IsPublic(IPAddress address)
    {
        address = address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;
        return address.AddressFamily switch
        {
            AddressFamily.InterNetwork => !Array.Exists(Closed, network => network.Contains(address)),
            AddressFamily.InterNetworkV6 => Global.Contains(address) && !Array.Exists(ClosedInSix, network => network.Contains(address)),
            _ => false,
        };
    }
}
